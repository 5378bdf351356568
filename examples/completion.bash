# bash completion for the rectools programs: options, values, ids.
_rectools() {
	local out cur=${COMP_WORDS[COMP_CWORD]}
	if out=$("${RECTOOLS_LIB:-/usr/local/lib/rectools}/complete" \
	    "${COMP_WORDS[@]:0:COMP_CWORD+1}"); then
		mapfile -t COMPREPLY < <(compgen -W "$out" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _rectools recpolicy recmix recsplit recupload recsweep
