#!/bin/sh
# examples/alarm: for a condition that lasts, a failed unit is reported once.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
# Stand-ins for journalctl, with the output of systemd 252, and for sendmail.
mkdir bin state
cat >bin/journalctl <<'S'
#!/bin/sh
case "$*" in
*--since*) cat since.log 2>/dev/null ;;
*) cat unit.log ;;
esac
S
printf '#!/bin/sh\ncat >>mail\n' >bin/sendmail
chmod +x bin/*
cat >unit.log <<'L'
Starting Delete recordings after seven days...
recsweep: /var/spool/rectools: nothing deleted: the clock is behind the last sweep's (set it, or use --clock-ok if it is right)
recsweep.service: Main process exited, code=exited, status=75/TEMPFAIL
recsweep.service: Failed with result 'exit-code'.
Failed to start Delete recordings after seven days.
L
alarm() {
	PATH=$T/bin:$PATH STATE_DIRECTORY=state MONITOR_EXIT_STATUS=75 \
	    "$ROOT/examples/alarm" recsweep.service
}
status "a unit fails" 0 alarm
is "one line, with status and reason" "$(cat err)" \
    "recsweep.service failed with status 75: recsweep: /var/spool/rectools: nothing deleted: the clock is behind the last sweep's (set it, or use --clock-ok if it is right)"
ok "and a mail" grep -q '^Subject: recsweep.service failed on ' mail
cp unit.log since.log
status "it fails again" 0 alarm
is "it is not reported again" "$(cat err)$(grep -c Subject mail)" 1
echo 'Finished Delete recordings after seven days.' >>since.log
status "it worked in between and fails" 0 alarm
is "it worked in between and fails: reported" "$(wc -l <err) $(grep -c Subject mail)" "1 2"
rm since.log
echo $(($(date +%s) - 90000)) >state/recsweep.service
status "it still fails a day later" 0 alarm
is "that is reported, too" "$(wc -l <err)" 1
printf '%s\n' 'Failed to configure loopback network device, ignoring: Operation not permitted' \
    one two >>unit.log
rm -r state && mkdir state
status "several lines" 0 alarm
ok "are one, without what systemd says" grep -q 'deleted:.*; one; two$' err
is "one" "$(wc -l <err)" 1
echo nonsense >state/recsweep.service
status "a torn state" 0 alarm
is "counts as none" "$(wc -l <err)" 1
done_testing
