# SPDX-License-Identifier: Apache-2.0
# What scripts/run, scripts/test and scripts/bench share: packages, the unprivileged user, the build and private PostgreSQL clusters.
# Sourced by bash with `set -euo pipefail`; `root` is the top of the source tree.

pg_bin=/usr/lib/postgresql/15/bin
service_user=hallmark

packages_to_run=(
    gcc libc6-dev cmake ninja-build pkg-config python3 # build
    libh2o-evloop-dev libssl-dev zlib1g-dev            # HTTP and TLS
    libjwt-dev libjansson-dev libpq-dev                # tickets, JSON, PostgreSQL
    libcurl4-openssl-dev                               # webhooks
    libargon2-dev liboath-dev libqrencode-dev          # passwords, second factors and how they get into a phone
    postgresql-15 postgresql-client-15                 # the database
    openssl curl ca-certificates util-linux procps     # keys and the first request
)

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what is missing of the packages given, and says which.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return 0
    say "Installing Debian packages: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# PostgreSQL refuses to run as root, and the server has no reason to: as root everything runs as a system user of its own.
ensure_service_user() {
    [ "$(id -u)" = 0 ] || return 0
    id "$service_user" >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$service_user"
}

as_service() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid "$service_user" --regid "$service_user" --clear-groups -- "$@"
    else
        "$@"
    fi
}

own_by_service() {
    [ "$(id -u)" != 0 ] || chown "$service_user:$service_user" "$@"
}

# build_tree FOLDER TYPE [cmake options]
build_tree() {
    local folder=$1 type=$2
    shift 2
    cmake -S "$root" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE="$type" "$@" >"$folder.configure.log" 2>&1 ||
        { cat "$folder.configure.log" >&2; die "cmake failed"; }
}

# cluster_socket FOLDER: the folder of the socket, short enough for a Unix socket's 107 bytes.
cluster_socket() {
    local folder=$1
    if [ ${#folder} -le 80 ]; then
        printf '%s/socket' "$folder"
    else
        printf '/tmp/hallmark-%s' "$(printf '%s' "$folder" | sha256sum | cut -c1-16)"
    fi
}

# cluster_start FOLDER [postgres settings]: makes a cluster there if there is none, and starts it if it is not running.
cluster_start() {
    local folder=$1 socket
    shift
    socket=$(cluster_socket "$folder")
    mkdir -p "$folder" "$socket"
    own_by_service "$folder" "$socket"
    chmod 700 "$folder" "$socket"
    if [ ! -f "$folder/data/PG_VERSION" ]; then
        as_service "$pg_bin/initdb" -D "$folder/data" -U hallmark_owner --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
            >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; die "initdb failed"; }
        # Reached over a socket that only its owner can open; never over TCP.
        as_service tee -a "$folder/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_directories = '$socket'
max_connections = 100
log_line_prefix = '%m [%p] '
EOF
        local setting
        for setting in "$@"; do
            printf '%s\n' "$setting" | as_service tee -a "$folder/data/postgresql.conf" >/dev/null
        done
    fi
    as_service "$pg_bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1 ||
        as_service "$pg_bin/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/postgresql.log" start >/dev/null ||
        { tail -n 20 "$folder/postgresql.log" >&2; die "PostgreSQL did not start"; }
    if ! as_service psql -X -h "$socket" -U hallmark_owner -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'hallmark'" | grep -q 1; then
        as_service psql -X -q -h "$socket" -U hallmark_owner -d postgres -c "CREATE DATABASE hallmark"
    fi
}

cluster_stop() {
    local folder=$1
    if [ -f "$folder/data/postmaster.pid" ]; then
        as_service "$pg_bin/pg_ctl" -D "$folder/data" -w -m fast stop >/dev/null || true
    fi
}
