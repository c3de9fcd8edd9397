#compdef assay kubectl-assay
# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# zsh completion for assay: asks the program itself what may stand at the cursor.
_assay() {
    local line directive=4
    local -a offered
    for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
            :*) directive=${line#:} ;;
            *) offered+=("${${line//:/\\:}/$'\t'/:}") ;;
        esac
    done
    _describe -t words 'assay' offered && return
    (( directive == 0 )) && _files
}
# Sourced, or loaded by compinit out of a folder of $fpath.
if [[ ${funcstack[1]} == _assay ]]; then _assay "$@"; else compdef _assay assay kubectl-assay; fi
