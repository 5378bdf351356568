# Real servers for the tests: each on a free port of 127.0.0.1, in a directory
# of its own, stopped by its process id. After tests/lib.sh: . this file.
# shellcheck shell=sh
# A function that starts a server takes its directory and sets $port and $pid.

server_pids=
server_secret=secret-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
cleanup() { server_stop_all; }

# wait_for COMMAND...: until it succeeds, at most 20 s.
wait_for() {
	server_tries=0
	until "$@" >/dev/null 2>&1; do
		server_tries=$((server_tries + 1))
		[ $server_tries -lt 400 ] || return 1
		sleep 0.05
	done
}
# server_stop PID: ends one and waits for it.
server_stop() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	server_rest=
	for server_one in $server_pids; do
		[ "$server_one" = "$1" ] ||
		    server_rest="$server_rest $server_one"
	done
	server_pids=$server_rest
}
# The last one first: a gateway waits two minutes for the servers it uses.
server_stop_all() {
	server_back=
	for server_each in $server_pids; do
		server_back="$server_each $server_back"
	done
	for server_each in $server_back; do
		server_stop "$server_each"
	done
}
server_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}
# server_answers PORT [ADDRESS]: something listens there.
server_answers() {
	python3 -c 'import socket, sys
socket.create_connection((sys.argv[2], int(sys.argv[1])), 1)' \
	    "$1" "${2:-127.0.0.1}"
}
# server_start LOG COMMAND...: in the background, until $port answers.
server_start() {
	server_log=$1
	shift
	"$@" >"$server_log" 2>&1 &
	pid=$!
	server_pids="$server_pids $pid"
	server_try=0
	until server_answers "$port" "${server_address:-}" 2>/dev/null; do
		server_try=$((server_try + 1))
		if [ $server_try -gt 100 ] || ! kill -0 "$pid" 2>/dev/null; then
			sed 's/^/# /' "$server_log"
			return 1
		fi
		sleep 0.05
	done
}
# server_ca DIR [NAME]: ca.pem, and srv.pem with srv.key for that host name.
server_ca() {
	(
		mkdir -p "$1" && cd "$1" || exit 1
		[ -s ca.key ] || openssl req -x509 -newkey rsa:2048 -nodes \
		    -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem
		openssl req -newkey rsa:2048 -nodes -subj /CN=server \
		    -keyout srv.key -out srv.csr
		printf 'subjectAltName=DNS:%s\n' "${2:-localhost}" >srv.ext
		openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key \
		    -CAcreateserial -days 2 -extfile srv.ext -out srv.pem
	) >/dev/null 2>&1
}

# server_accounts DIR: puts into $server_env what makes a server accept one account,
# rec with $server_secret; the machine's own accounts are not changed. The account
# is the user of the test, so that it works for root and for anybody.
server_accounts() {
	mkdir -p "$1/pam"
	printf 'sshd:x:%s:65534::/:/bin/false\nrec:x:%s:%s::%s:/bin/sh\n' \
	    "$(id -u sshd 2>/dev/null || echo 65534)" \
	    "$(id -u)" "$(id -g)" "$1" >"$1/passwd"
	printf 'rec:x:%s:\n' "$(id -g)" >"$1/group"
	(
		umask 077
		printf 'rec:%s:19000:0:99999:7:::\n' \
		    "$(openssl passwd -6 "$server_secret")" >"$1/shadow"
		printf 'rec:%s:sshd\n' "$server_secret" >"$1/passdb"
	)
	for server_one in auth account password session; do
		echo "$server_one required $(server_library pam_matrix.so)" \
		    "passdb=$1/passdb"
	done | tee "$1/pam/sshd" >"$1/pam/other"
	server_env="NSS_WRAPPER_PASSWD=$1/passwd NSS_WRAPPER_GROUP=$1/group
	    NSS_WRAPPER_SHADOW=$1/shadow PAM_WRAPPER=1
	    PAM_WRAPPER_SERVICE_DIR=$1/pam
	    LD_PRELOAD=$(server_library libnss_wrapper.so)"
	[ "$server_login" != keyboard ] ||
	    server_env="$server_env:$(server_library libpam_wrapper.so)"
}
# server_library NAME: prints the path of that library.
server_library() {
	find /usr/lib /usr/lib64 -maxdepth 3 -name "$1" 2>/dev/null |
	    head -n 1 | grep .
}
# server_sshd DIR: OpenSSH with internal-sftp. Login: the user of the test by
# the key DIR/id, or by $server_login: password and keyboard (that is
# keyboard-interactive alone) are those of server_accounts. DIR/known_hosts
# knows it; $port may be set before.
# $server_sftp: options of sftp-server, such as -R, or -P remove. It listens at
# $server_address. $server_sshd_lines: more of its settings; $server_in: the
# command that starts it, such as unshare.
server_sshd() {
	server_dir=$1 server_env=
	mkdir -p "$1"
	chmod 755 "$T"
	port=${2:-$(server_port)}
	[ -s "$1/host" ] ||
	    ssh-keygen -q -t ed25519 -N '' -C host -f "$1/host" || return 1
	[ -s "$1/id" ] ||
	    ssh-keygen -q -t ed25519 -N '' -C id -f "$1/id" || return 1
	cp "$1/id.pub" "$1/authorized_keys"
	printf '[%s]:%s %s\n' "${server_address:-127.0.0.1}" "$port" \
	    "$(cut -d' ' -f1,2 "$1/host.pub")" >"$1/known_hosts"
	[ "${server_login:-key}" = key ] || server_accounts "$1"
	cat >"$1/sshd_config" <<-X
	ListenAddress ${server_address:-127.0.0.1}
	Port $port
	HostKey $1/host
	PidFile none
	AuthorizedKeysFile $1/authorized_keys
	StrictModes no
	UsePAM $(server_yes keyboard)
	PermitRootLogin yes
	PubkeyAuthentication $(server_yes key)
	PasswordAuthentication $(server_yes password)
	KbdInteractiveAuthentication $(server_yes keyboard)
	MaxStartups 200
	MaxSessions 200
	Subsystem sftp internal-sftp ${server_sftp:-}
	${server_sshd_lines:-}
	X
	# From 9.8 on it blocks an address some of whose connections broke.
	! /usr/sbin/sshd -t -f /dev/null -h "$1/host" \
	    -o PerSourcePenalties=no 2>/dev/null ||
		echo PerSourcePenalties no >>"$1/sshd_config"
	# If root starts it, it needs this directory of the distribution.
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	# shellcheck disable=SC2086
	server_start "$1/log" ${server_in:-} env $server_env /usr/sbin/sshd -D -e \
	    -f "$1/sshd_config"
}
server_yes() {
	[ "${server_login:-key}" = "$1" ] && echo yes || echo no
}

# server_vsftpd DIR: FTP that requires TLS, for control and data, and the TLS
# session of the control connection for the data. Login: ftp, $server_secret.
# Files stand in DIR/root/in. $server_address is listened at, where set, and
# data connections come in at port $server_data alone. $server_denied: commands
# that it refuses.
server_vsftpd() {
	mkdir -p "$1/root/in"
	chmod 755 "$T" "$1" "$1/root"
	port=${2:-$(server_port)}
	[ -s "$1/srv.pem" ] || server_ca "$1" || return 1
	# Files that a crash of the client leaves are private: umask 077.
	cat >"$1/vsftpd.conf" <<-X
	listen=YES
	listen_address=${server_address:-127.0.0.1}
	listen_port=$port
	background=NO
	seccomp_sandbox=NO
	anonymous_enable=YES
	local_enable=NO
	write_enable=YES
	anon_root=$1/root
	anon_upload_enable=YES
	anon_mkdir_write_enable=YES
	anon_other_write_enable=YES
	anon_world_readable_only=NO
	anon_umask=077
	secure_email_list_enable=YES
	email_password_file=$1/passwords
	use_localtime=NO
	xferlog_enable=YES
	vsftpd_log_file=$1/transfers
	log_ftp_protocol=YES
	dual_log_enable=NO
	pasv_min_port=${server_data:-0}
	pasv_max_port=${server_data:-0}
	idle_session_timeout=5
	data_connection_timeout=5
	accept_timeout=2
	delay_failed_login=0
	ssl_enable=${server_tls:-YES}
	allow_anon_ssl=YES
	force_anon_data_ssl=${server_tls:-YES}
	force_anon_logins_ssl=${server_tls:-YES}
	implicit_ssl=${server_implicit:-NO}
	require_ssl_reuse=YES
	ssl_ciphers=HIGH
	rsa_cert_file=$1/srv.pem
	rsa_private_key_file=$1/srv.key
	X
	[ -z "${server_denied:-}" ] ||
	    echo "cmds_denied=$server_denied" >>"$1/vsftpd.conf"
	printf '%s\n' "$server_secret" >"$1/passwords"
	if [ "$(id -u)" = 0 ]; then
		chown daemon "$1/root/in"
		mkdir -p "$1/empty"
		cat >>"$1/vsftpd.conf" <<-X
		ftp_username=daemon
		nopriv_user=nobody
		chown_uploads=NO
		secure_chroot_dir=$1/empty
		X
	else
		echo run_as_launching_user=YES >>"$1/vsftpd.conf"
	fi
	server_start "$1/log" /usr/sbin/vsftpd "$1/vsftpd.conf"
}

# server_nginx DIR [PORT]: nginx with TLS, WebDAV (dav-ext) and a login: rec,
# $server_secret. Files stand in DIR/www. Where DIR/answer-CODE exists, every
# request is answered so; DIR/answer-PUT-CODE is for one method, which may also be
# MOVE, DELETE or PROPFIND. DIR/late has the value of Retry-After.
# DIR/protocol.log: protocol, connection, end, seconds, method of each request.
server_nginx() {
	mkdir -p "$1/www" "$1/temp"
	chmod 755 "$T" "$1" "$1/www" "$1/temp"
	port=${2:-$(server_port)}
	[ -s "$1/srv.pem" ] || server_ca "$1" || return 1
	printf 'rec:%s\n' "$(openssl passwd -apr1 "$server_secret")" \
	    >"$1/htpasswd"
	{
		cat <<-X
		load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
		daemon off;
		master_process off;
		pid $1/nginx.pid;
		error_log $1/error.log;
		events { }
		http {
		log_format one '\$request_method \$uri \$status';
		access_log $1/access.log one;
		log_format how '\$server_protocol \$connection \$msec \$request_time \$request_method';
		access_log $1/protocol.log how;
		client_body_temp_path $1/temp;
		proxy_temp_path $1/temp; fastcgi_temp_path $1/temp;
		uwsgi_temp_path $1/temp; scgi_temp_path $1/temp;
		client_max_body_size ${server_max:-100m};
		server {
		listen 127.0.0.1:$port ssl http2;
		ssl_certificate $1/srv.pem;
		ssl_certificate_key $1/srv.key;
		root $1/www;
		set \$late '';
		if (-f $1/late) { set \$late 120; }
		add_header Retry-After \$late always;
		X
		for server_code in 400 401 403 404 413 429 500 503 507; do
			echo "if (-f $1/answer-$server_code) { return $server_code; }"
			for server_method in PUT MOVE DELETE PROPFIND; do
				cat <<-X
				set \$told '';
				if (\$request_method = $server_method) { set \$told 1; }
				if (-f $1/answer-$server_method-$server_code) { set \$told "\${told}1"; }
				if (\$told = 11) { return $server_code; }
				X
			done
		done
		cat <<-X
		auth_basic rec;
		auth_basic_user_file $1/htpasswd;
		create_full_put_path ${server_full_path:-off};
		dav_methods PUT DELETE MKCOL COPY MOVE;
		dav_ext_methods PROPFIND OPTIONS;
		} }
		X
	} >"$1/nginx.conf"
	server_start "$1/log" nginx -c "$1/nginx.conf" -p "$1"
}
