# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# bash completion for assay: asks the program itself what may stand at the cursor.
_assay() {
    local IFS=$' \t\n' line current=${COMP_WORDS[COMP_CWORD]} whole
    local -a words
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    # After a blank a new word begins.
    [[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=("")
    whole=${words[-1]}
    # bash takes '=' and ':' for the end of a word and puts in only what comes behind.
    [[ $current == [=:] ]] && current=""
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :0) compopt -o default ;;
            :*) ;;
            *)
                line=${line%%$'\t'*}
                COMPREPLY+=("${line#"${whole%"$current"}"}") ;;
        esac
    done < <("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _assay assay kubectl-assay
