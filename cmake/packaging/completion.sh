#!/bin/sh
# completion.sh <program>: completion of its command line for bash, made from its --help. The same program gives the same
# bytes.
set -eu

program=$1
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
command_line=$(sh "$folder/command_line.sh" "$program")

# shellcheck disable=SC2016  # awk's dollars
printf '%s\n' "$command_line" | awk -F '\t' '
    $1 == "command" && $2 != "" {
        parent = $2
        last = $2
        if (!sub(/ [^ ]*$/, "", parent)) parent = ""
        sub(/^.* /, "", last)
        words[parent] = words[parent] " " last
        commands = commands (commands == "" ? "" : " | ") "\"" (parent == "" ? "" : parent) " " last "\""
    }
    $1 == "command" { paths[++count] = $2 }
    $1 == "option" {
        names = $3
        value = $4
        gsub(/,/, " ", names)
        words[$2] = words[$2] " " names
        if (value == "") next
        sub(/=[^=]*$/, "", value)
        if (value ~ /\|/) {
            gsub(/\|/, " ", value)
            action = "words=\"" value "\""
        } else {
            action = value ~ /^TEXT/ ? "compopt -o default; return" : "return"
        }
        pattern = ""
        count_of_names = split(names, each, " ")
        for (i = 1; i <= count_of_names; ++i) pattern = pattern (i == 1 ? "" : " | ") "\"" $2 " " each[i] "\""
        values[++value_count] = pattern ") " action " ;;"
    }
    END {
        print "# Completion of the command line of sheaf for bash, made from its --help."
        print "_sheaf() {"
        print "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path=\x27\x27 words=\x27\x27 word"
        # bash takes --name=value for three words, and dir:path too.
        print "    case \"$current $previous\" in"
        print "        \"= \"*) current=\x27\x27 ;;"
        print "        *\" =\") previous=${COMP_WORDS[COMP_CWORD - 2]} ;;"
        print "        \": \"*) current=\x27\x27 previous=${COMP_WORDS[COMP_CWORD - 2]} ;;"
        print "        *\" :\") previous=${COMP_WORDS[COMP_CWORD - 3]} ;;"
        print "    esac"
        if (commands != "") {
            print "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do"
            print "        case \"$path $word\" in"
            print "            " commands ") path=\"${path:+$path }$word\" ;;"
            print "        esac"
            print "    done"
        }
        print "    case \"$path $previous\" in"
        for (i = 1; i <= value_count; ++i) print "        " values[i]
        print "        *)"
        print "            case \"$path\" in"
        for (i = 1; i <= count; ++i) print "                \"" paths[i] "\") words=\"" substr(words[paths[i]], 2) "\" ;;"
        print "            esac"
        print "            ;;"
        print "    esac"
        print "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")"
        print "}"
        print "complete -F _sheaf sheaf"
    }'
