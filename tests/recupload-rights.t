#!/bin/sh
# Names with local times, and the mode, group and ACL of what is made in a
# directory.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
noise 2000 >a.mp3
ticket() { # STARTED
	cat >a.ini <<-X
	[call]
	id = c1
	started = $1
	queue = Billing/Disputes
	[file a.mp3]
	recording = 1
	recordings = 1
	part = 1
	parts = 1
	start = 0
	bytes = 2000
	sha256 = $(sha256sum <a.mp3 | cut -d' ' -f1)
	X
}
settings() { # NAME LINE...: lines with "upload:" go to [upload]
	printf '[upload]\nto = box\n'
	name=$1
	shift
	for line in "$@"; do
		case $line in upload:*) echo "${line#upload:}" ;; esac
	done
	printf '[destination box]\ntype = directory\npath = %s/box\nname = %s\n' \
	    "$T" "$name"
	for line in "$@"; do
		case $line in upload:*) ;; *) echo "$line" ;; esac
	done
}
refused() { # LABEL PATTERN
	status "$1" 2 recupload -c up.ini -t
	one_line "$1" "$2"
}

# --- local times ---
mkdir box
ticket 2026-11-22T23:30:00Z
went() { # LABEL NAME
	status "$1" 0 recupload -c up.ini a.mp3
	is "$1: where it went" "$(cat out)" "$T/box/$2"
}
settings '{local_date}/{local_time}-{file}' 'zone = Europe/Berlin' >up.ini
went "Berlin" 2026-11-23/003000-a.mp3
settings '{local_date}/{local_time}-{file}' 'upload:zone = America/New_York' >up.ini
went "New York, for all destinations" 2026-11-22/183000-a.mp3
settings '{local_date}/{local_time}-{file}' 'upload:zone = America/New_York' \
    'zone = Asia/Kolkata' >up.ini
went "its own zone first" 2026-11-23/050000-a.mp3
settings '{date}/{time}-{file}' 'upload:zone = America/New_York' >up.ini
went "the others stay in UTC" 2026-11-22/233000-a.mp3
is "whatever TZ says" "$(TZ=Asia/Tokyo recupload -c up.ini -n a.mp3)" \
    "a.mp3: box: $T/box/2026-11-22/233000-a.mp3"
settings '{local_date}/{file}' >up.ini
refused "no zone" 'up.ini:6: name: .local_date. and .local_time. need zone, such'
settings '{local_date}/{file}' 'zone = Europe/Berlyn' >up.ini
refused "no such zone" 'up.ini:7: zone: '
settings '{local_date}/{file}' 'upload:zone = ../../../etc/passwd' >up.ini
refused "no path" 'up.ini:3: zone: '
settings '{date}/{file}' 'zone = Europe/Berlin' >up.ini
refused "a zone for nothing" 'up.ini:7: zone has no effect without .local_date.'

# --- mode and group ---
rights() { stat -c %a "$@" | tr '\n' ' '; }
name='{queue}/{file}'
put() { # LABEL RIGHTS: of the file and its two folders, which are made anew
	rm -rf box/Billing box/.Billing.new
	status "$1" 0 recupload -c up.ini a.mp3
	is "$1: rights" "$(rights box/Billing/Disputes/a.mp3 \
	    box/Billing/Disputes box/Billing)" "$2 "
}
settings "$name" >up.ini
put "as ever" "600 700 700"
settings "$name" 'mode = 0640' >up.ini
put "a group may read" "640 750 750"
settings "$name" 'mode = 660' >up.ini
put "and write" "660 770 770"
settings "$name" 'mode = 0644' >up.ini
put "everybody may read" "644 755 755"
ok "nothing is left beside them" sh -c 'test -z "$(find box -name ".*")"'
chmod 700 box/Billing/Disputes
rm box/Billing/Disputes/a.mp3
status "what is there keeps its rights" 0 recupload -c up.ini a.mp3
is "what is there keeps its rights: they are" \
    "$(rights box/Billing/Disputes box/Billing)" "700 755 "
mkdir box/.Billing.new
put "half a folder of a crash" "644 755 755"
rm -rf box
settings "$name" 'mode = 0640' 'create = yes' >up.ini
put "the directory itself" "640 750 750"
is "the directory itself: rights" "$(rights box)" "750 "
chmod 2750 box
put "setgid is inherited" "640 2750 2750"
chmod g-s box
for mode in 0400 0602 0666 0700 644x 99 rw-r----- 010640; do
	settings "$name" "mode = $mode" >up.ini
	refused "mode = $mode" "up.ini:7: mode: 0600, 0640, 0660 or 0644, not '$mode'"
done
settings "$name" 'mode = 0640' 'group = no-such-group' >up.ini
refused "no such group" "up.ini:8: group: there is no group 'no-such-group'"
settings "$name" 'group = daemon' >up.ini
refused "a group that may nothing" 'up.ini:7: group has no effect without a mode'
settings "$name" 'group = daemon' 'mode = 0600' >up.ini
refused "a group that still may nothing" 'group has no effect'
for group in "$(id -gn)" "$(id -g)"; do
	settings "$name" 'mode = 0640' "group = $group" >up.ini
	put "group $group" "640 750 750"
	is "group $group: is it" "$(stat -c %g box/Billing/Disputes/a.mp3 \
	    box/Billing/Disputes box/Billing | sort -u)" "$(id -g)"
done
if [ "$(id -u)" = 0 ]; then
	settings "$name" 'mode = 0640' 'group = daemon' >up.ini
	put "another group" "640 750 750"
	is "another group: is it" "$(stat -c %G box/Billing/Disputes/a.mp3 \
	    box/Billing/Disputes box/Billing | sort -u)" daemon
	rm -rf box/Billing
	status "a group of others" 75 setpriv --bounding-set=-all \
	    --inh-caps=-all --clear-groups recupload -c up.ini a.mp3
	one_line "a group of others" \
	    'Operation not permitted .the user who runs recupload must belong to the group'
	is "a group of others: nothing is left" "$(find box -mindepth 1)" ""
else
	echo "# no other group: only root can give files to it"
fi

# --- a default ACL, as setfacl -d -m u:1:rwx,g::r-x,m::rwx makes it ---
acl() { python3 - "$@" <<-'P'
	import os, struct, sys
	USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 1, 2, 4, 16, 32
	ANY = 0xffffffff
	if sys.argv[1] == "set":
	    entries = [(USER_OBJ, 7, ANY), (USER, 7, 1), (GROUP_OBJ, 5, ANY),
	               (MASK, 7, ANY), (OTHER, 0, ANY)]
	    os.setxattr(sys.argv[2], "system.posix_acl_default",
	                struct.pack("<I", 2) + b"".join(
	                    struct.pack("<HHI", *e) for e in entries))
	else:
	    text = os.getxattr(sys.argv[2], "system.posix_acl_access")
	    found = {e[0]: e[1] for e in struct.iter_unpack("<HHI", text[4:])}
	    print("user", found[USER] & found[MASK])
	P
}
if have python3 && acl set box 2>/dev/null; then
	settings "$name" 'mode = 0640' >up.ini
	put "with an ACL" "640 750 750"
	is "with an ACL: who is named may read" \
	    "$(acl get box/Billing/Disputes/a.mp3)" "user 4"
	is "with an ACL: and enter" "$(acl get box/Billing/Disputes)" "user 5"
	settings "$name" 'mode = 0660' >up.ini
	put "with an ACL and a mode for it" "660 770 770"
	is "with an ACL and a mode for it: read and write" \
	    "$(acl get box/Billing/Disputes/a.mp3)" "user 6"
	settings "$name" >up.ini
	put "with an ACL and no mode" "600 700 700"
	is "with an ACL and no mode: nobody else may" \
	    "$(acl get box/Billing/Disputes/a.mp3)" "user 0"
else
	echo "# no ACL: this file system has none"
fi
done_testing
