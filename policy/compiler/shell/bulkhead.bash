# SPDX-License-Identifier: Apache-2.0
# Completion of bulkhead's commands, options and files for bash: `source` this, or put it into
# ~/.local/share/bash-completion/completions/bulkhead. What there is to complete comes from --help, so it cannot be out of date.
_bulkhead_commands()
{
    "$1" --help 2>/dev/null | awk '$1 == "bulkhead" { print $2 }'
}

_bulkhead_options()
{
    "$1" "$2" --help 2>/dev/null | awk '$1 == "bulkhead"' |
        grep -oE -e '(^|[^[:alnum:]-])--?[a-z][a-z-]*' | grep -oE -e '--?[a-z-]+'
    echo --help
}

_bulkhead_files()
{
    local entry
    shopt -s extglob                  # in the subshell that this runs in
    compgen -d -S / -- "$2"
    compgen -f -- "$2" | while IFS= read -r entry; do
        [[ -f "$entry" && "$entry" == $1 ]] && printf '%s\n' "$entry"
    done
}

_bulkhead()
{
    local program=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} IFS=$'\n'
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "$(_bulkhead_commands "$program")"$'\n--help\n--version' -- "$word"))
    elif [[ $before == --images || $before == --headers ]]; then
        COMPREPLY=($(compgen -d -- "$word"))
    elif [[ $before == --key ]]; then
        COMPREPLY=($(_bulkhead_files '*.@(pem|key|pub)' "$word"))
    elif [[ $before == --verify ]]; then
        COMPREPLY=($(_bulkhead_files '*.policy' "$word"))
    elif [[ $before == -o || $before == --lock || $command$before == expand--check ]]; then
        COMPREPLY=($(compgen -f -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$(_bulkhead_options "$program" "$command")" -- "$word"))
    elif [[ $command == explain-code ]]; then
        COMPREPLY=($(compgen -W "$("$program" explain-code --list 2>/dev/null | cut -d' ' -f1)" -- "$word"))
    elif [[ $command == inspect ]]; then
        COMPREPLY=($(_bulkhead_files '*.img' "$word"))
    elif [[ $command == fmt || $command == sign || $command == verify ]]; then
        COMPREPLY=($(_bulkhead_files '*.@(policy|platform)' "$word"))
    elif [[ $command != new ]]; then
        COMPREPLY=($(_bulkhead_files '*.policy' "$word"))
    fi
}
complete -o filenames -F _bulkhead bulkhead
