# fish completion for the rectools programs: options, values, ids.
function __rectools
    set -l lib /usr/local/lib/rectools
    set -q RECTOOLS_LIB; and set lib $RECTOOLS_LIB
    set -l words (commandline -opc) (commandline -ct)
    if not $lib/complete $words
        __fish_complete_path (commandline -ct)
    end
end
for program in recpolicy recmix recsplit recupload recsweep
    complete -c $program -f -a '(__rectools)'
end
