#!/bin/sh
# man_page.sh <program>: its man page, made from its --help and --version. The same program gives the same bytes.
set -eu

program=$1
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# By way of a variable, so that a failure counts.
command_line=$(sh "$folder/command_line.sh" "$program")
version=$("$program" --version)

# shellcheck disable=SC2016  # awk's dollars
printf '%s\n' "$command_line" | awk -F '\t' -v version="$(printf '%s\n' "$version" | head -n 1)" '
    # Text that roff prints as it is: hyphens that can be searched for, no request at the beginning of a line.
    function plain(text) {
        gsub(/\\/, "\\e", text)
        gsub(/-/, "\\-", text)
        if (text ~ /^[.\x27]/) text = "\\&" text
        return text
    }
    BEGIN { print ".TH SHEAF 1 \"\" \"" version "\" \"User Commands\"" }
    $1 == "command" && $2 == "" {
        description = $3
        sub(/\.$/, "", description)
        print ".SH NAME\nsheaf \\- " tolower(substr(description, 1, 1)) plain(substr(description, 2))
        print ".SH SYNOPSIS\n.B sheaf\n.I COMMAND\n[\n.I OPTIONS\n]"
        print ".SH OPTIONS"
        next
    }
    $1 == "command" {
        if (!has_commands++) print ".SH COMMANDS"
        print ".SS \"sheaf " plain($2) "\""
        print plain($3)
        next
    }
    $1 == "option" {
        gsub(/,/, ", ", $3)
        print ".TP\n.BR \"" plain($3) "\"" ($4 == "" ? "" : " \" " plain($4) "\"")
        print plain($5)
        next
    }
    { print ".PP\n" plain($3) }'

# What this program has been built with.
printf '.SH SOURCES AND SINKS\n.nf\n'
printf '%s\n' "$version" | awk '/^[a-z].*:$/ { is_wanted = !/^commands/ } is_wanted { gsub(/-/, "\\-"); print }'
printf '.fi\n'
