# Servers of WebDAV: Apache's mod_dav, lighttpd's mod_webdav, rclone. After
# tests/servers/lib.sh: . this file. Login: rec, $server_secret; certificates
# as server_ca makes them; files are in DIR/www.
# shellcheck shell=sh

# The user of the server: servers that root starts drop their rights.
dav_user=$(id -un)
[ "$(id -u)" != 0 ] || dav_user=daemon
dav_begin() {
	mkdir -p "$1/www" "$1/temp"
	chmod 755 "$T" "$1"
	[ "$(id -u)" != 0 ] || chown "$dav_user" "$1/www" "$1/temp"
	port=${2:-$(server_port)}
	[ -s "$1/srv.pem" ] || server_ca "$1" || return 1
	printf 'rec:%s\n' "$(openssl passwd -apr1 "$server_secret")" \
	    >"$1/htpasswd"
	chmod 644 "$1/htpasswd"
}

# server_apache DIR [PORT]: $server_protocols: "http/1.1" (the default), or
# "h2 http/1.1". DIR/more.conf is included. access.log: protocol, method, URI,
# status.
server_apache() {
	dav_begin "$@" || return 1
	touch "$1/more.conf"
	{
		for dav_module in mpm_event authn_core authn_file authz_core \
		    authz_user auth_basic dav dav_fs ssl http2 env headers \
		    setenvif rewrite mime dir alias; do
			echo "LoadModule ${dav_module}_module" \
			    "/usr/lib/apache2/modules/mod_$dav_module.so"
		done
		cat <<-X
		ServerRoot $1
		ServerName localhost
		Listen 127.0.0.1:$port
		PidFile $1/httpd.pid
		DefaultRuntimeDir $1
		User $dav_user
		Group $(id -gn "$dav_user")
		ErrorLog $1/error.log
		LogFormat "%H %m %U %>s" one
		CustomLog $1/access.log one
		TypesConfig /etc/mime.types
		DocumentRoot $1/www
		DavLockDB $1/temp/locks
		Protocols ${server_protocols:-http/1.1}
		SSLEngine on
		SSLCertificateFile $1/srv.pem
		SSLCertificateKeyFile $1/srv.key
		SSLSessionCache none
		<Directory $1/www>
		Dav On
		AuthType Basic
		AuthName rec
		AuthUserFile $1/htpasswd
		Require valid-user
		</Directory>
		Include $1/more.conf
		X
	} >"$1/httpd.conf"
	server_start "$1/log" /usr/sbin/apache2 -D FOREGROUND \
	    -f "$1/httpd.conf"
}

# server_lighttpd DIR [PORT]: HTTP/2, as it is by default.
server_lighttpd() {
	dav_begin "$@" || return 1
	cat >"$1/lighttpd.conf" <<-X
	server.modules = ( "mod_auth", "mod_authn_file", "mod_access",
	    "mod_openssl", "mod_webdav", "mod_accesslog" )
	server.bind = "127.0.0.1"
	server.port = $port
	server.document-root = "$1/www"
	server.upload-dirs = ( "$1/temp" )
	server.errorlog = "$1/temp/error.log"
	accesslog.filename = "$1/temp/access.log"
	accesslog.format = "%H %m %U %>s"
	ssl.engine = "enable"
	ssl.pemfile = "$1/srv.pem"
	ssl.privkey = "$1/srv.key"
	webdav.activate = "enable"
	webdav.sqlite-db-name = "$1/temp/webdav.db"
	auth.backend = "htpasswd"
	auth.backend.htpasswd.userfile = "$1/htpasswd"
	auth.require = ( "" => ( "method" => "basic", "realm" => "rec",
	    "require" => "valid-user" ) )
	X
	[ "$(id -u)" != 0 ] || cat >>"$1/lighttpd.conf" <<-X
	server.username = "$dav_user"
	server.groupname = "$(id -gn "$dav_user")"
	X
	server_start "$1/log" /usr/sbin/lighttpd -D -f "$1/lighttpd.conf"
}

# server_rclone DIR webdav|sftp [PORT]: with TLS and HTTP/2, or with a host
# key, that DIR/known_hosts has. (Debian's has no serve ftp; that of 1.65 with TLS
# answers 550 to PBSZ and PROT P, so that no client can store there, rclone's neither.)
server_rclone() {
	rclone_kind=$2
	dav_begin "$1" "${3:-}" || return 1
	set -- "$1" serve "$rclone_kind" "$1/www" --addr "127.0.0.1:$port" \
	    --user rec --pass "$server_secret" --config "$1/none" \
	    --cache-dir "$1/temp" --dir-cache-time 0s ${rclone_more:-}
	rclone_dir=$1
	shift
	case $rclone_kind in
	webdav) set -- "$@" --cert "$rclone_dir/srv.pem" --key "$rclone_dir/srv.key" ;;
	sftp)
		[ -s "$rclone_dir/host" ] || ssh-keygen -q -t ed25519 -N '' \
		    -C host -f "$rclone_dir/host" || return 1
		printf '[127.0.0.1]:%s %s\n' "$port" \
		    "$(cut -d' ' -f1,2 "$rclone_dir/host.pub")" \
		    >"$rclone_dir/known_hosts"
		set -- "$@" --key "$rclone_dir/host" --vfs-cache-mode writes --vfs-write-back 0s
		;;
	esac
	server_start "$rclone_dir/log" env -u AWS_CA_BUNDLE rclone "$@"
}
