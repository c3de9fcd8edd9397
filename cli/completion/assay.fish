# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# fish completion for assay: asks the program itself what may stand at the cursor.
function __assay_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    test (count $lines) -gt 1; and printf '%s\n' $lines[1..-2]
    test "$lines[-1]" = ":0"; and __fish_complete_path "$current"
end
complete -c assay -f -a '(__assay_complete)'
complete -c kubectl-assay -f -a '(__assay_complete)'
