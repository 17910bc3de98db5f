#!/bin/sh
# command_line.sh <program>
#
# The program's command line, as its --help says, that of each subcommand too, one thing a line, fields between tabs:
#
#   command  <path>  <description>
#   option   <path>  <names, such as -h,--help>  <value, such as UINT=16, or nothing>  <text>
#   note     <path>  <a line below the options>
#
# The path is "" for the program itself, "generate packets" for a subcommand of a subcommand. From this the man page and
# the completion are made. Fails where a line of the help is not understood.
set -eu

program=$1

describe() {
    # shellcheck disable=SC2086  # a path is words
    help=$("$program" $1 --help) # by way of a variable, so that a failure counts
    printf '%s\n' "$help" | awk -v path="$1" '
        function fail(why) {
            print "command_line.sh: " why ": " $0 >"/dev/stderr"
            has_failed = 1
            exit 1
        }
        function end_option() {
            if (names == "") return
            value = ""
            if (at = index(names, " ")) {
                value = substr(names, at + 1)
                names = substr(names, 1, at - 1)
            }
            if (names !~ /^-[-a-z0-9,]*$/ || text == "") fail("which option is this? " names)
            print "option\t" path "\t" names "\t" value "\t" text
            names = ""
        }
        BEGIN { column = 35 }  # where texts begin
        !has_usage && /^Usage: / { has_usage = 1; print "command\t" path "\t" description; next }
        !has_usage { description = description (description == "" ? "" : " ") $0; next }
        /^(Options|Subcommands):$/ { end_option(); section = $1; next }
        /^$/ { next }
        /^[^ ]/ { end_option(); section = "note"; print "note\t" path "\t" $0; next }
        section == "Subcommands:" { next }
        section == "Options:" && /^  -/ {
            end_option()
            names = substr($0, 3)
            text = ""
            if (at = match(names, /  +/)) {
                text = substr(names, at + RLENGTH)
                names = substr(names, 1, at - 1)
            }
            next
        }
        # Names that are too long have their text in the next line.
        section == "Options:" && substr($0, 1, column - 1) ~ /^ +$/ && text == "" { text = substr($0, column); next }
        { fail("not understood") }
        END {
            if (has_failed) exit 1
            if (!has_usage) fail("no usage")
            end_option()
        }'

    for subcommand in $(printf '%s\n' "$help" | awk '
        /^Subcommands:$/ { is_inside = 1; next }
        /^[^ ]/ { is_inside = 0 }
        is_inside && /^  [^ ]/ { print $1 }'); do
        describe "${1:+$1 }$subcommand"
    done
}

describe ''
