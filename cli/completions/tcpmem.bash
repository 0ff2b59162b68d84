# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# bash asks the command itself what may stand at the cursor

_tcpmem() {
	local word _ cur=${COMP_WORDS[COMP_CWORD]}

	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		case $word in
		:list) compopt -o nospace ;;
		:file | :dir)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen "-${word:1:1}" -- "$cur")
			;;
		:command) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
		*) COMPREPLY+=("$word") ;;
		esac
	done < <(command "${COMP_WORDS[0]}" __complete \
		"${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -F _tcpmem tcpmem
