# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The web forms of the machines; sourced by run.sh. Of machine NAME there are,
# in the run's folder:
#
#	NAME.url	where its form is to be had on this machine
#	NAME.pin	the key that answers there, as curl and hubctl(8) write it
#	NAME.jar	cookies; NAME.page, NAME.code: the last answer
#
# Each form has a loopback address of its own: cookies know no ports, and a
# browser would mix up the log-ins. Nothing else of this machine is forwarded.
# What is sent is what a browser sends; SETUP=browser has a real one do it, and
# leaves a picture of each step.

form_ns()
{
	case $1 in
	hub)	echo inet ;;
	*)	echo "host-${1#office-}" ;;
	esac
}

form_loopback()
{
	case $1 in
	hub)		echo 127.0.0.1 ;;
	office-a)	echo 127.0.0.2 ;;
	office-b)	echo 127.0.0.3 ;;
	esac
}

# form_open NAME: what the console says is made reachable from this machine.
form_open()
{
	await "$VM_BOOT" "the address and set-up code of $1" "$1.serial" \
	    form_on_console "$1"
	_inside=$(form_on_console "$1")
	netns_spawn "$1-form-in" "$(form_ns "$1")" socat \
	    "UNIX-LISTEN:$1.form,fork,backlog=64" \
	    "TCP:${_inside##*/},connect-timeout=20"
	await 10 "socat" "$1-form-in.log" test -S "$1.form"
	_port=8443
	until form_listen "$1" $_port; do
		_port=$((_port + 1))
		[ $_port -lt 8543 ] || die "no free port for the form of $1"
	done
	echo "https://$(form_loopback "$1"):$_port" >"$1.url"
	await "$VM_BOOT" "the web form of $1" "$1.serial" form_answers "$1"
	form_key "$1" >"$1.pin"
	grep -q '^sha256/.\{44\}$' "$1.pin" || die "the form of $1 has no key"
}

form_close()
{
	netns_stop "$1-form-in"
	netns_stop "$1-form"
	rm -f "$1.form" "$1.jar" "$1.pin"
}

# The newest URL of the form that the console has shown, with a code.
form_on_console()
{
	form_code "$1" | grep -q . &&
	    tr -d '\r' <"$1.serial" |
	    grep -o 'https://[0-9.]*:8443' | tail -n 1 | grep .
}

# Whole lines only: the console may be at it.
form_code()
{
	awk '/^ *set-up code  *[A-Z0-9-]+\r$/ { sub(/\r/, ""); code = $3 }
	    END { print code }' "$1.serial"
}

# form_listen NAME PORT: false if the port is taken.
form_listen()
{
	setsid socat "TCP-LISTEN:$2,bind=$(form_loopback "$1"),reuseaddr,fork" \
	    "UNIX-CONNECT:$1.form" </dev/null >>"$1-form.log" 2>&1 &
	_pid=$!
	echo "pid $1-form $_pid $(_netns_start $_pid)" >>"$NETNS_MADE"
	_i=0
	while [ $_i -lt 50 ]; do
		netns_alive "$1-form" || return 1
		! form_taken "$1" "$2" || return 0
		_i=$((_i + 1))
		sleep 0.1
	done
	return 1
}

# Whether that process listens: as /proc/net/tcp writes address and port.
form_taken()
{
	_a=$(form_loopback "$1")
	grep -q "$(printf '%02X00007F:%04X 00000000:0000 0A' "${_a##*.}" \
	    "$2")" /proc/net/tcp
}

form_answers()
{
	form_curl "$1" -o /dev/null "$(cat "$1.url")/style.css"
}

# The pin of the key at the forwarded port.
form_key()
{
	_url=$(cat "$1.url")
	openssl s_client -connect "${_url#https://}" </dev/null 2>/dev/null |
	    openssl x509 -pubkey -noout 2>/dev/null |
	    openssl pkey -pubin -outform DER 2>/dev/null |
	    openssl dgst -sha256 -binary | base64 | sed 's,^,sha256/,'
}

# form_verify NAME: the key is the one that the box wrote into its log, and
# not somebody's between. For one who is logged in on the console.
form_verify()
{
	_said=$(console_run "$1" \
	    'logread | grep webconfd | grep -o "sha256/[A-Za-z0-9+/=]*"') || :
	[ "$(echo "$_said" | tail -n 1)" = "$(cat "$1.pin")" ] ||
	    die "the form of $1 has another key than its box: $_said"
}

form_curl()
{
	_name=$1
	shift
	_key=
	[ ! -s "$_name.pin" ] || _key=$(sed 's,/,//,' "$_name.pin")
	curl -sSk --max-time 60 -b "$_name.jar" -c "$_name.jar" \
	    ${_key:+--pinnedpubkey "$_key"} "$@"
}

form_get()
{
	form_curl "$1" -o "$1.page" -w '%{http_code} %{redirect_url}' \
	    "$(cat "$1.url")$2" >"$1.code" || die "no answer from the form of $1"
}

# form_hidden NAME FIELD: what the form on the page brings along.
form_hidden()
{
	sed -n 's/.*name="'"$2"'" value="\([^"]*\)".*/\1/p' "$1.page" |
	    head -n 1
}

# form_post NAME PATH FIELD=VALUE...: fills in the form of the page.
form_post()
{
	_box=$1
	_path=$2
	shift 2
	for _f in "$@"; do
		set -- "$@" --data-urlencode "$_f"
		shift
	done
	form_curl "$_box" -o "$_box.page" \
	    -w '%{http_code} %{redirect_url}' \
	    --data-urlencode "token=$(form_hidden "$_box" token)" "$@" \
	    "$(cat "$_box.url")$_path" >"$_box.code" ||
	    die "no answer from the form of $_box"
}

# form_went NAME PATH: the form was accepted, and led there.
form_went()
{
	[ "$(cat "$1.code")" != "303 $(cat "$1.url")$2" ] || return 0
	grep -o 'class="error"[^<]*<' "$1.page" >&2 || cat "$1.page" >&2
	die "the form of $1 says $(cat "$1.code"), not $2"
}

form_log_in()
{
	form_get "$1" /status
	case $(cat "$1.code") in
	200*)	return 0 ;;
	esac
	form_get "$1" /login
	form_post "$1" /login "password=$admin_password"
	form_went "$1" /status
}

form_in_force()
{
	form_get "$1" /status
	grep -q 'is in force' "$1.page"
}

# form_save NAME FIELD=VALUE...
form_save()
{
	_box=$1
	shift
	form_get "$_box" /settings
	form_post "$_box" /settings \
	    "generation=$(form_hidden "$_box" generation)" "$@"
	form_went "$_box" /status
	await 90 "the new settings of $_box" "$_box.page" form_in_force "$_box"
	grep -q 'action="/keep"' "$_box.page" || return 0
	form_post "$_box" /keep
	form_went "$_box" /status
}

# form_first NAME FIELD=VALUE...: an administrator's first visit.
form_first()
{
	if [ "$setup" = browser ]; then
		browser first "$@"
		return
	fi
	form_get "$1" /setup
	form_post "$1" /setup "code=$(form_code "$1")" \
	    "password=$admin_password" "again=$admin_password"
	form_went "$1" /start
	form_save "$@"
}

# form_change NAME FIELD=VALUE...: another one; the page keeps the rest in a
# browser, all that is not to be empty must be named here.
form_change()
{
	if [ "$setup" = browser ]; then
		browser change "$@"
		return
	fi
	form_log_in "$1"
	form_save "$@"
}

# form_shows NAME TEXT...: in the status page's rows.
form_shows()
{
	_box=$1
	shift
	form_log_in "$_box"
	form_get "$_box" /status
	for _text in "$@"; do
		grep -qF -- ">$_text<" "$_box.page" || return 1
	done
}

# form_look NAME TEXT...: the status page is to show them before long.
form_look()
{
	await 60 "'$*' on its status page" "$1.page" form_shows "$@"
	[ "$setup" != browser ] || browser look "$@"
}

# form_is_new NAME: nobody has set it up.
form_is_new()
{
	if [ "$setup" = browser ]; then
		browser new "$1"
		return
	fi
	form_get "$1" /
	form_went "$1" /setup
}

# The pin that the hub's status page gives to the offices.
form_hub_pin()
{
	form_log_in hub
	form_get hub /status
	grep -o 'sha256/[A-Za-z0-9+/=]*' hub.page | head -n 1
}

# browser VISIT NAME ARGUMENT...: see regress/web/box.js.
browser()
{
	_visit=$1
	_box=$2
	shift 2
	CODE=$(form_code "$_box") PASSWORD=$admin_password HOME=$PWD timeout 300 \
	    node "$top/regress/web/box.js" "$_visit" "$(cat "$_box.url")" \
	    "$shots/$_box" "$@" >>"$_box.browser.log" 2>&1 || {
		tail -n 20 "$_box.browser.log" >&2
		die "the browser at the form of $_box; see $shots"
	}
}
