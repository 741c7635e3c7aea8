/**
 * What runs in the container of a Redis or Valkey server to have it take an RDB. The server itself is told to: a second one in its
 * container loads the file, and the one in use becomes a replica of that for a moment. It keeps what it has until all is there, and
 * writes its own files, an append-only one too. Behind `"$@"` is redis-cli with its options, as in client.ts.
 */

/** Beside redis-cli's own files, which the server's user may write: on its volume, with room for them. */
const COMMON = `
fail() { printf 'ERROR: %s\\n' "$1" >&2; exit 1; }
nap() { sleep 0.2 2>/dev/null || sleep 1; }
info() { "$@" INFO | tr -d '\\r'; }
setting() { name=$1; shift; "$@" CONFIG GET "$name" | sed -n 2p; }
field() { sed -n "s/^$1://p"; }
directory=$(setting dir "$@")
if [ ! -d "$directory" ]; then fail "CONFIG GET does not tell where its files are: $directory"; fi
new=$directory/$HOLDFAST_NEW old=$directory/$HOLDFAST_OLD
`;

/** Puts what it is given beside what is there, of which it keeps a copy. */
export const BRING = `${COMMON}
rm -f "$directory"/dump_holdfast_new_"$HOLDFAST_OWNER"????.rdb*
umask 077
cat > "$new" || exit 1
if [ "$(wc -c < "$new")" -ne "$HOLDFAST_BYTES" ]; then fail "the dump ended too early"; fi
"$@" --rdb "$old" >/dev/null || exit 1
if [ ! -s "$old" ]; then fail "it gave no copy of what it holds"; fi`;

/** Of $HOLDFAST_FROM, a file beside its own. Nothing of it needs whoever began it: a command in a container outlives that. */
export const SWITCH = `${COMMON}
port=$HOLDFAST_PORT from=$HOLDFAST_FROM log=$new.log
server=
for name in redis-server valkey-server; do
  if [ -z "$server" ] && command -v "$name" >/dev/null; then server=$name; fi
done
if [ -z "$server" ]; then fail "no redis-server was found that could load the dump"; fi
if [ "$(setting tls-replication "$@")" = yes ]; then fail "it replicates by TLS only (tls-replication)"; fi
# It logs in to whatever it becomes a replica of.
password=$(setting masterauth "$@") user=$(setting masteruser "$@")
other() { (
  unset REDISCLI_AUTH VALKEYCLI_AUTH
  if [ -n "$login" ]; then export REDISCLI_AUTH="$login" VALKEYCLI_AUTH="$login"; fi
  exec "$program" -h 127.0.0.1 -p "$port" "$@"
); }
login=$password
if [ -n "$user" ]; then login=; fi
umask 077
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\\\"]/\\\\&/g')"; }
{
  printf '%s\\n' "port $port" "bind 127.0.0.1" "dir $(quoted "$directory")" "dbfilename $from" 'save ""' "appendonly no" \\
    "repl-diskless-sync yes" "repl-diskless-sync-delay 0"
  if [ -n "$user" ]; then printf 'user %s on %s ~* &* +@all\\n' "$(quoted "$user")" "$(quoted ">$password")"
  elif [ -n "$password" ]; then printf 'requirepass %s\\n' "$(quoted "$password")"; fi
} | "$server" - >"$log" 2>&1 &
pid=$!
trap 'other SHUTDOWN NOSAVE >/dev/null 2>&1; rm -f "$log"' EXIT
asked=0
while :; do
  answer=$(other PING 2>&1)
  asked=$((asked + 1))
  case $answer in *PONG*) break ;; *LOADING*) asked=0 ;; esac
  if [ "$asked" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
    fail "$server cannot load the dump: $(tail -n 3 "$log" 2>/dev/null | tr '\\n' ' ')"
  fi
  nap
done
# So that it never goes on where a copy of itself stopped.
other REPLICAOF 127.0.0.1 1 >/dev/null; other REPLICAOF NO ONE >/dev/null
other INFO replication | tr -d '\\r' | field master_replid > "$new.replid"
keys() { "$@" INFO keyspace | tr -d '\\r' | sed -n 's/^\\(db[0-9]*:keys=[0-9]*\\).*/\\1/p'; }
before=$(setting repl-diskless-load "$@")
end() {
  asked=0
  while [ "$asked" -lt 3000 ]; do
    case $("$@" REPLICAOF NO ONE) in OK*) break ;; esac
    asked=$((asked + 1)); nap
  done
  if [ -n "$before" ]; then "$@" CONFIG SET repl-diskless-load "$before" >/dev/null; fi
}
trap 'end "$@"; other SHUTDOWN NOSAVE >/dev/null 2>&1; rm -f "$log"' EXIT
if [ -n "$before" ]; then "$@" CONFIG SET repl-diskless-load disabled >/dev/null; fi
answer=$("$@" REPLICAOF 127.0.0.1 "$port")
case $answer in OK*) ;; *) fail "$answer" ;; esac
idle=0
while :; do
  state=$(info "$@")
  idle=$((idle + 1))
  case $state in *loading:1*|*master_sync_in_progress:1*) idle=0 ;; esac
  case $state in *master_link_status:up*) if [ "$(keys "$@")" = "$(keys other)" ]; then break; fi ;; esac
  begun=$(other INFO stats | tr -d '\\r' | field sync_full)
  if [ "\${begun:-0}" -gt 3 ] || [ "$idle" -gt 150 ]; then fail "it could not take the keys: its log tells why"; fi
  nap
done
end "$@"
while :; do
  state=$(info "$@")
  case $state in
    *aof_enabled:0*) break ;;
    *aof_rewrite_in_progress:1*|*aof_rewrite_scheduled:1*) nap ;;
    *aof_last_bgrewrite_status:ok*) break ;;
    *) fail "it could not write its append-only file: its log tells why" ;;
  esac
done`;

/** Has it work by itself again. Says whether it took the keys of the other one. */
export const RELEASE = `${COMMON}
state=$(info "$@")
asked=0
while :; do
  case $state in
    *role:slave*master_host:127.0.0.1*master_port:"$HOLDFAST_PORT"*) "$@" REPLICAOF NO ONE >/dev/null ;;
    *loading:1*) ;;
    *) break ;;
  esac
  asked=$((asked + 1))
  if [ "$asked" -gt 3000 ]; then fail "it still loads what it was given"; fi
  nap
  state=$(info "$@")
done
replid=$(cat "$new.replid" 2>/dev/null)
if [ -n "$replid" ] && [ "$(printf '%s\\n' "$state" | field master_replid2)" = "$replid" ]; then echo new; else echo old; fi
rm -f "$directory"/dump_holdfast_new_"$HOLDFAST_OWNER"????.rdb*`;

/** The copy of what was there before. */
export const FORGET = `${COMMON}
rm -f "$old"`;
