#compdef recpolicy recmix recsplit recupload recsweep
# zsh completion for the rectools programs: options, values, ids.
local out
if out=$("${RECTOOLS_LIB:-/usr/local/lib/rectools}/complete" \
    "${(@)words[1,CURRENT]}"); then
	compadd -- ${(f)out}
else
	_files
fi
