# Servers of FTP over TLS and SFTP: ProFTPD and Pure-FTPd. After
# tests/servers/lib.sh: . this file. Login: rec, $server_secret; files are in
# DIR/root; certificates as server_ca makes them.
# shellcheck shell=sh

# Their packages and vsftpd's exclude each other: if they are not installed, they
# are where tests/packages.sh put them.
ftp_root=${XDG_CACHE_HOME:-$HOME/.cache}/rectools/ftp
proftpd_root=$ftp_root
[ ! -x /usr/sbin/proftpd ] || proftpd_root=
pureftpd_root=$ftp_root
[ ! -x /usr/sbin/pure-ftpd ] || pureftpd_root=
have_proftpd() { [ -x "$proftpd_root/usr/sbin/proftpd" ]; }
have_pureftpd() { [ -x "$pureftpd_root/usr/sbin/pure-ftpd" ]; }

# server_proftpd DIR ftps|sftp [PORT]: as Debian configures it, in particular
# without AllowStoreRestart. DIR/more.conf is included. $server_address (127.0.0.1),
# $server_data: the first of six ports for data connections
# (any port).
server_proftpd() {
	mkdir -p "$1/root"
	chmod 755 "$T" "$1"
	port=${3:-$(server_port)}
	touch "$1/more.conf"
	proftpd_user=$(id -un)
	[ "$(id -u)" != 0 ] || proftpd_user=daemon
	chown "$proftpd_user" "$1/root"
	printf 'rec:%s:%s:%s::%s:/bin/sh\n' "$(openssl passwd -6 "$server_secret")" \
	    "$(id -u "$proftpd_user")" "$(id -g "$proftpd_user")" "$1/root" \
	    >"$1/passwd"
	chmod 600 "$1/passwd"
	cat >"$1/proftpd.conf" <<-X
	ModulePath $proftpd_root/usr/lib/proftpd
	LoadModule mod_tls.c
	LoadModule mod_sftp.c
	LoadModule mod_quotatab.c
	UseIPv6 off
	ServerName Debian
	ServerType standalone
	DefaultAddress ${server_address:-127.0.0.1}
	Port $port
	DeferWelcome off
	DefaultServer on
	ShowSymlinks on
	TimeoutNoTransfer 600
	TimeoutStalled 600
	TimeoutIdle 1200
	DenyFilter \\*.*/
	MaxInstances 60
	User $proftpd_user
	Group $(id -gn "$proftpd_user")
	Umask 022 022
	AllowOverwrite on
	RequireValidShell off
	AuthOrder mod_auth_file.c
	AuthUserFile $1/passwd
	DefaultRoot ~
	PidFile $1/pid
	ScoreboardFile $1/scoreboard
	SystemLog $1/system.log
	TransferLog $1/transfers
	WtmpLog off
	DelayTable none
	X
	case $2 in
	ftps)
		[ -s "$1/srv.pem" ] || server_ca "$1" || return 1
		cat >>"$1/proftpd.conf" <<-X
		TLSEngine on
		TLSRequired on
		TLSLog $1/tls.log
		TLSRSACertificateFile $1/srv.pem
		TLSRSACertificateKeyFile $1/srv.key
		TLSVerifyClient off
		X
		;;
	sftp)
		[ -s "$1/host" ] || ssh-keygen -q -t rsa -m PEM -N '' -C host \
		    -f "$1/host" || return 1
		printf '[127.0.0.1]:%s %s\n' "$port" \
		    "$(cut -d' ' -f1,2 "$1/host.pub")" >"$1/known_hosts"
		cat >>"$1/proftpd.conf" <<-X
		SFTPEngine on
		SFTPLog $1/sftp.log
		SFTPHostKey $1/host
		SFTPAuthMethods password
		X
		;;
	esac
	[ -z "${server_data:-}" ] ||
	    echo "PassivePorts $server_data $((server_data + 5))" >>"$1/proftpd.conf"
	echo "Include $1/more.conf" >>"$1/proftpd.conf"
	server_start "$1/log" "$proftpd_root/usr/sbin/proftpd" -n -q \
	    -c "$1/proftpd.conf"
}

# server_pureftpd DIR [PORT]: TLS for control and data; as root only.
# $pureftpd_more: options, such as -Z; the address and the port as above.
server_pureftpd() {
	mkdir -p "$1/root"
	chmod 755 "$T" "$1"
	port=${2:-$(server_port)}
	[ -s "$1/srv.pem" ] || server_ca "$1" || return 1
	cat "$1/srv.key" "$1/srv.pem" >"$1/both.pem"
	chmod 600 "$1/both.pem"
	chown daemon "$1/root"
	rm -f "$1/passwd"
	printf '%s\n%s\n' "$server_secret" "$server_secret" |
		"$pureftpd_root/usr/bin/pure-pw" useradd rec -u daemon -g daemon -d "$1/root" \
		    -f "$1/passwd" ${pureftpd_user:-} >/dev/null || return 1
	# Its own password hash takes a second of CPU, and is calibrated on an idle machine.
	sed -i "s|^rec:[^:]*|rec:$(openssl passwd -6 "$server_secret")|" "$1/passwd"
	"$pureftpd_root/usr/bin/pure-pw" mkdb "$1/users" -f "$1/passwd" || return 1
	# shellcheck disable=SC2086
	server_start "$1/log" "$pureftpd_root/usr/sbin/pure-ftpd" -H -S "${server_address:-127.0.0.1},$port" -Y 2 \
	    -2 "$1/both.pem" -l "puredb:$1/users" -A -E -c 60 -C 60 \
	    -g "$1/pid" ${server_data:+-p "$server_data:$((server_data + 5))"} \
	    ${pureftpd_more:-}
}
