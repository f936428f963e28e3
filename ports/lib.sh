# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Obtains Debian packages of one release for one architecture, whatever the
# host runs: a private apt state (lists, cache, sources) beside the host's, made
# from the host's own mirror. Needs no root and leaves the host's apt alone.
#
# A port is a file ports/CATEGORY/NAME of lines "key value...":
#	licence		SPDX expression
#	KIND		package names; KIND is "sysroot" (headers and libraries to
#			compile and link with), "image" (what ships), "tool"
#			(run by the image builder), "pure" (what unit tests
#			of modules without libraries are linked with) or
#			"source" (source packages, see source.sh)
#	npm		a package of npm: name, version, integrity; see npm.sh
#	KIND.ARCH	the same, for one architecture only
# A name @META stands for the package that the meta package META depends on.
#
# Sourced. The caller sets PORTS_ARCH; these may come from the environment:
#	DEBIAN_SUITE		release that parts come from	(trixie)
#	DEBIAN_MIRROR		its URI				(the host's)
#	DEBIAN_SECURITY_MIRROR	its URI, "none" to do without	(the host's)
#	PORTS_CACHE		packages and lists		(obj/cache)
#	PORTS_REFRESH		yes: look for new versions	(no)

DEBIAN_SUITE=${DEBIAN_SUITE:-trixie}
PORTS_TOP=$(cd "$(dirname "$0")/.." && pwd)
PORTS_CACHE=${PORTS_CACHE:-$PORTS_TOP/obj/cache}
PORTS_REFRESH=${PORTS_REFRESH:-no}
PORTS_DAYS=7			# package lists older than this are renewed
PORTS_KEYRING=
PORTS_DEBS=$PORTS_CACHE/deb
PORTS_SOURCES=$PORTS_CACHE/source

ports_die()
{
	echo "ports: $*" >&2
	exit 1
}

ports_log()
{
	echo "ports: $*" >&2
}

# ports_entries KIND: "package port licence", a line each, in a fixed order.
ports_entries()
{
	(cd "$PORTS_TOP/ports" && LC_ALL=C ls -d ./*/*) |
	while read -r f; do
		awk -v kind="$1" -v arch="$PORTS_ARCH" -v port="${f#./}" '
		$1 == "licence" { sub(/^licence[ \t]+/, ""); lic = $0 }
		$1 == kind || $1 == kind "." arch {
			for (i = 2; i <= NF; i++)
				pkg[++n] = $i
		}
		END {
			for (i = 1; i <= n; i++)
				print pkg[i] "\t" port "\t" lic
		}' "$PORTS_TOP/ports/$f"
	done
}

# ports_mirror main|security: the URI that the host itself uses.
ports_mirror()
{
	# shellcheck disable=SC1091
	_code=$(. /etc/os-release && echo "${VERSION_CODENAME:-none}")
	_re="^($_code|stable)$"
	[ "$1" = main ] || _re="^($_code|stable)(-security|/updates)$"
	# apt itself reads its source files here, in whatever form they are
	# shellcheck disable=SC2016
	apt-get indextargets \
	    --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(SIGNED_BY)' \
	    'Created-By: Packages' 2>/dev/null |
	awk -v re="$_re" '$2 ~ re && $3 == "main" &&
	    ($4 == "" || $4 ~ /^\$|debian-archive|^[0-9A-F]+$/) {
		print $1
		exit
	}'
}

# Is this architecture one that images are made for?  Others run unit tests.
# "source" stands for what images are made of and not packaged for any.
ports_ships()
{
	case $PORTS_ARCH in
	amd64 | arm64 | source)	return 0 ;;
	esac
	return 1
}

# one deb822 stanza: URI, suites
ports_source()
{
	_type=deb _target=Packages
	[ "$PORTS_ARCH" != source ] || { _type=deb-src; _target=Sources; }
	printf 'Types: %s\nURIs: %s\nSuites: %s\n' "$_type" "$1" "$2"
	printf 'Components: main\nTargets: %s\nSigned-By: %s\n\n' "$_target" \
	    "$PORTS_KEYRING"
}

# Writes the private apt configuration; sets PORTS_APT.
ports_setup()
{
	PORTS_STATE=$PORTS_CACHE/apt-$DEBIAN_SUITE-$PORTS_ARCH
	PORTS_APT=$PORTS_STATE/apt.conf
	for k in /usr/share/keyrings/debian-archive-keyring.gpg \
	    /usr/share/keyrings/debian-archive-keyring.pgp; do
		[ -r "$k" ] && PORTS_KEYRING=$k && break
	done
	[ -n "$PORTS_KEYRING" ] ||
	    ports_die "package debian-archive-keyring is missing"
	mkdir -p "$PORTS_STATE/lists/partial" "$PORTS_STATE/archives/partial" \
	    "$PORTS_STATE/empty.d" "$PORTS_DEBS" "$PORTS_SOURCES"
	: > "$PORTS_STATE/status"

	_main=${DEBIAN_MIRROR:-$(ports_mirror main)}
	_sec=${DEBIAN_SECURITY_MIRROR:-$(ports_mirror security)}
	[ -n "$_main" ] ||
	    ports_die "no Debian mirror in the host's apt sources;" \
	    "set DEBIAN_MIRROR"
	_suites="$DEBIAN_SUITE $DEBIAN_SUITE-updates"
	# what ships nothing does with the release as it came out
	ports_ships || { _suites=$DEBIAN_SUITE; _sec=none; }
	{
		ports_source "$_main" "$_suites"
		[ -z "$_sec" ] || [ "$_sec" = none ] ||
		    ports_source "$_sec" "$DEBIAN_SUITE-security"
	} > "$PORTS_STATE/new.sources"
	if ! cmp -s "$PORTS_STATE/new.sources" "$PORTS_STATE/debian.sources"
	then
		rm -f "$PORTS_STATE/updated"
		mv "$PORTS_STATE/new.sources" "$PORTS_STATE/debian.sources"
	fi
	# read after the host's own configuration, whose proxies and
	# credentials stay in force; its hooks and pins do not
	cat > "$PORTS_APT" <<EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear APT::Architectures;
APT::Architecture "$PORTS_ARCH";
APT::Architectures { "$PORTS_ARCH"; };
APT::Default-Release "";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "60";
Dir::State "$PORTS_STATE";
Dir::State::Lists "$PORTS_STATE/lists";
Dir::State::status "$PORTS_STATE/status";
Dir::State::extended_states "$PORTS_STATE/extended_states";
Dir::Cache "$PORTS_STATE";
Dir::Cache::Archives "$PORTS_STATE/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "$PORTS_STATE";
Dir::Etc::sourcelist "$PORTS_STATE/debian.sources";
Dir::Etc::sourceparts "$PORTS_STATE/empty.d";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$PORTS_STATE/empty.d";
EOF
}

# Fetches the package lists when there are none, when they are old, or when
# told to (argument "now"). Old lists are better than none.
ports_update()
{
	if [ "${1:-}" != now ] && [ -n "$(find "$PORTS_STATE/updated" \
	    -mtime -"$PORTS_DAYS" 2>/dev/null)" ]; then
		return 0
	fi
	ports_log "package lists of Debian $DEBIAN_SUITE, $PORTS_ARCH"
	if apt-get -qq -c "$PORTS_APT" -o APT::Update::Error-Mode=any \
	    update >&2; then
		touch "$PORTS_STATE/updated"
	elif [ -e "$PORTS_STATE/updated" ]; then
		ports_log "package lists could not be renewed; the old ones do"
	else
		ports_die "no package lists"
	fi
}

# Replaces @META by the package it depends on, in ports_entries' output.
ports_resolve()
{
	while read -r _pkg _rest; do
		case $_pkg in
		@*)
			_meta=${_pkg#@}
			_pkg=$(apt-cache -c "$PORTS_APT" depends --important \
			    "$_meta" | sed -n 's/^ *Depends: \([a-z0-9]\)/\1/p' |
			    head -n 1)
			[ -n "$_pkg" ] || ports_die "$_meta: no such package"
			;;
		esac
		printf '%s\t%s\n' "$_pkg" "$_rest"
	done
}

# ports_uris PACKAGE...: "package file sha256", a line each.
ports_uris()
{
	apt-get -qq -c "$PORTS_APT" download --print-uris "$@" |
	    sed -n "s/^'[^']*' \([^_]*\)\([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\).*/\1 \1\2 \3/p"
}

ports_have()
{
	[ -f "$PORTS_DEBS/$1" ] && echo "$2  $PORTS_DEBS/$1" |
	    sha256sum -c --status 2>/dev/null
}

# ports_get LIST: downloads what the cache lacks of a list from ports_uris.
# A file enters the cache whole and with the right hash, or not at all.
ports_get()
{
	_want=
	while read -r _pkg _file _sha; do
		ports_have "$_file" "$_sha" || _want="$_want $_pkg"
	done < "$1"
	[ -n "$_want" ] || return 0
	# shellcheck disable=SC2086
	set -- "$1" $_want
	_list=$1
	shift
	ports_log "downloading $# packages"
	_tmp=$PORTS_DEBS/.new
	rm -rf "$_tmp"
	mkdir "$_tmp"
	(cd "$_tmp" && apt-get -qq -c "$PORTS_APT" download "$@" >&2) || return 1
	while read -r _pkg _file _sha; do
		[ ! -f "$_tmp/$_file" ] || mv "$_tmp/$_file" "$PORTS_DEBS/"
		ports_have "$_file" "$_sha" || return 1
	done < "$_list"
	rm -rf "$_tmp"
}

# ports_fetch KIND OUT: makes every package of KIND available in the cache and
# writes "package file sha256 port licence" lines, tab-separated, to OUT.
ports_fetch()
{
	_out=$2
	ports_setup
	if [ "$PORTS_REFRESH" = yes ]; then
		ports_update now
	else
		ports_update
	fi
	# a mirror drops old versions: lists of last week may name files that
	# are gone, then fresh lists help
	if ! ports_fetch1 "$1"; then
		ports_update now
		ports_fetch1 "$1" || ports_die "download failed"
	fi
}

ports_fetch1()
{
	ports_entries "$1" | ports_resolve > "$_out.ent"
	[ -s "$_out.ent" ] || ports_die "no package for $1 $PORTS_ARCH"
	# shellcheck disable=SC2046
	ports_uris $(cut -f 1 "$_out.ent") > "$_out.uri" || return 1
	ports_get "$_out.uri" || return 1
	# the list of files must be complete
	awk -F '\t' '
	NR == FNR { split($0, u, " "); file[u[1]] = u[2] "\t" u[3]; next }
	!($1 in file) { print "ports: " $1 ": not found" > "/dev/stderr"; bad = 1 }
	{ print $1 "\t" file[$1] "\t" $2 "\t" $3 }
	END { exit bad }' "$_out.uri" "$_out.ent" > "$_out" || return 1
	rm -f "$_out.ent" "$_out.uri"
}

# ports_version FILE: that of a package, of a source package, of one of npm
ports_version()
{
	case $1 in
	*.tgz)	basename "${1##*-}" .tgz ;;
	*.dsc)	sed -n 's/^Version: //p' "$PORTS_SOURCES/$1" ;;
	*)	dpkg-deb -f "$PORTS_DEBS/$1" Version ;;
	esac
}

# ports_purl PACKAGE FILE VERSION: its package URL
ports_purl()
{
	_arch=$PORTS_ARCH
	case $2 in
	*.tgz)
		echo "pkg:npm/$1@$3"
		return
		;;
	*.dsc)	_arch=source ;;
	esac
	_v=$(echo "$3" | sed 's/+/%2B/g; s/:/%3A/g')
	echo "pkg:deb/debian/$1@$_v?arch=$_arch&distro=$DEBIAN_SUITE"
}

# ports_manifest LIST [HEAD]: a bill of materials, CycloneDX in JSON: a component
# a package, with its version, hash and licence. HEAD, lines of JSON each of
# which ends in a comma, says what they are part of.
ports_manifest()
{
	printf '{\n  "bomFormat": "CycloneDX",\n  "specVersion": "1.6",\n'
	printf '  "version": 1,\n%s\n  "components": [\n' "${2:-}"
	_sep=
	while IFS='	' read -r _pkg _file _sha _port _lic; do
		_ver=$(ports_version "$_file")
		_url=$(ports_purl "$_pkg" "$_file" "$_ver")
		printf '%s    { "type": "library", "name": "%s",' "$_sep" "$_pkg"
		printf ' "version": "%s",\n' "$_ver"
		printf '      "purl": "%s",\n' "$_url"
		printf '      "licenses": [ { "expression": "%s" } ],\n' "$_lic"
		printf '      "hashes": [ { "alg": "SHA-256",\n'
		printf '        "content": "%s" } ],\n' "$_sha"
		printf '      "properties": [\n'
		printf '        { "name": "longwire:port", "value": "%s" },\n' \
		    "$_port"
		printf '        { "name": "longwire:file", "value": "%s" } ] }' \
		    "$_file"
		_sep=',
'
	done < "$1"
	printf '\n  ]\n}\n'
}
