# SPDX-License-Identifier: LGPL-2.1-or-later
# fish asks the command itself what may stand at the cursor

function __tcpmem_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l value (string replace -r '^--[a-z-]*=' '' -- "$current")
    set -l before (string replace -- "$value" '' "$current")
    for line in (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case :list
            case :file
                string replace -r '^' -- "$before" (__fish_complete_path "$value")
            case :dir
                string replace -r '^' -- "$before" (__fish_complete_directories "$value")
            case :command
                __fish_complete_subcommand
            case '*'
                echo $line
        end
    end
end

complete -c tcpmem -f -a '(__tcpmem_complete)'
