# bash completion for the rectools programs; the options come from --help.
_rectools() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" \
		    --help 2>/dev/null | grep -oE -- '--[a-z][a-z0-9-]+' |
		    sort -u)" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _rectools recpolicy recmix recsplit recupload recsweep
