# What the packages do beside laying down their files. Nothing here changes sshd, NSS or PAM, and nothing needs the network.

umask 022

LOOKUP=/usr/lib/holdfast
STATE=/var/lib/holdfast
LOGS=/var/log/holdfast
# Copies of the lookup command and the shell of bastions, for the time after the package.
KEPT=$STATE/kept-commands
TIMERS='holdfast.timer holdfast-emergency.timer'
SERVICES='holdfast.service holdfast-emergency.service'
MAPS='passwd.cache passwd.cache.ixname passwd.cache.ixuid group.cache group.cache.ixname group.cache.ixgid shadow.cache shadow.cache.ixname'

say() {
  echo "holdfast: $*"
}

systemd_runs() {
  [ -d /run/systemd/system ]
}

# The folders, and the names in /etc where there are none: what nsscache or somebody else has put there stays.
make_folders() {
  ! command -v systemd-tmpfiles >/dev/null || systemd-tmpfiles --create holdfast.conf || true
  rm -rf "$KEPT"
}

# The shipped preset leaves the timers disabled, unless one of the operator's comes before it. What is enabled stays so.
preset_timers() {
  command -v systemctl >/dev/null || return 0
  for timer in $TIMERS; do
    systemctl is-enabled --quiet "$timer" 2>/dev/null || systemctl preset --quiet "$timer" 2>/dev/null || true
  done
}

reload_systemd() {
  ! systemd_runs || systemctl daemon-reload || true
}

restart_running_timers() {
  # shellcheck disable=SC2086 # one word for each timer
  ! systemd_runs || systemctl try-restart $TIMERS || true
}

# After a removal that was broken off, or of a package that comes back.
start_enabled_timers() {
  systemd_runs || return 0
  for timer in $TIMERS; do
    ! systemctl is-enabled --quiet "$timer" 2>/dev/null || systemctl start --no-block "$timer" || true
  done
}

stop_units() {
  systemd_runs || return 0
  # shellcheck disable=SC2086 # one word for each unit
  systemctl stop $TIMERS $SERVICES || true
  # shellcheck disable=SC2086
  systemctl reset-failed $SERVICES 2>/dev/null || true
}

# Who answers sshd's question for keys already: another's command in what counts, or in a unit's ExecStart=.
other_keys_command() {
  {
    ! command -v sshd >/dev/null || timeout 10 sshd -T 2>/dev/null | sed -n 's/^authorizedkeyscommand //p'
    sed -n 's/^ExecStart=.*-o *"\{0,1\}AuthorizedKeysCommand[ =]\{1,\}\([^"]*\).*/\1/p' \
      /etc/systemd/system/ssh*.service.d/*.conf /usr/lib/systemd/system/ssh*.service.d/*.conf \
      /lib/systemd/system/ssh*.service.d/*.conf 2>/dev/null
  } | grep -v -e '^none$' -e "^$LOOKUP/" | head -n 1
}

enabled_timers() {
  for timer in $TIMERS; do
    ! systemctl is-enabled --quiet "$timer" 2>/dev/null || found="${found:+$found, }$timer"
  done
  echo "${found:-none}"
}

tell_what_is_next() {
  say "installed. sshd, NSS and PAM are as they were. Timers that presets have enabled: $(enabled_timers)"
  other=$(other_keys_command || true)
  [ -z "$other" ] || say "sshd asks another command for keys, and goes on doing so (AuthorizedKeysCommand): $other"
  say 'next: holdfast init, which makes /etc/holdfast/holdfast.toml (examples: /usr/share/doc/holdfast/examples)'
  say 'then: holdfast diff, holdfast sync, and holdfast setup, which shows how to wire NSS and sshd; holdfast doctor looks at it all'
}

# SELinux: the caches may be read by whoever may read /etc/passwd. On removal the module stays, as the caches do.
load_selinux_module() {
  command -v selinuxenabled >/dev/null && selinuxenabled && command -v semodule >/dev/null || return 0
  semodule --install /usr/share/selinux/packages/holdfast.cil || return 0
  ! command -v restorecon >/dev/null || restorecon -R "$STATE" "$LOOKUP" /etc/*.cache* || true
}

# sshd's drop-in, and the shells of accounts, name files of the package. Where people log in by them, they must outlive it.
keep_commands() {
  [ -e "$STATE/current" ] || [ -e /etc/holdfast/holdfast.toml ] || return 0
  rm -rf "$KEPT"
  mkdir -p "$KEPT"
  cp -p "$LOOKUP/authorized-keys" "$LOOKUP/authorized-keys-chain" "$LOOKUP/nologin" "$KEPT/"
}

restore_commands() {
  [ -d "$KEPT" ] || return 0
  mkdir -p "$LOOKUP"
  for name in authorized-keys authorized-keys-chain nologin; do
    [ -e "$LOOKUP/$name" ] || { cp -p "$KEPT/$name" "$LOOKUP/.$name.new" && mv "$LOOKUP/.$name.new" "$LOOKUP/$name"; }
  done
  rm -rf "$KEPT"
  say "removed. $STATE and $LOOKUP stay: people of the directory log in as of the last run,"
  say 'and nobody is added or taken away any more. That needs libnss-cache (Debian: apt-mark manual libnss-cache).'
}

# What holdfast has made. What people have written in /etc/holdfast is theirs.
forget_everything() {
  for map in $MAPS; do
    case $(readlink "/etc/$map" || true) in
      "$STATE"/*) rm -f "/etc/$map" ;;
    esac
  done
  for timer in $TIMERS; do
    rm -f "/etc/systemd/system/timers.target.wants/$timer" "/var/lib/systemd/timers/stamp-$timer"
  done
  rm -f "$LOOKUP/authorized-keys" "$LOOKUP/authorized-keys-chain" "$LOOKUP/nologin"
  [ ! -d "$LOOKUP" ] || rmdir --ignore-fail-on-non-empty "$LOOKUP"
  rm -rf "$STATE" "$LOGS" || say "$STATE or $LOGS could not be removed whole"
  mentions=$(grep -rls "$LOOKUP/" /etc/ssh/sshd_config /etc/ssh/sshd_config.d | tr '\n' ' ' || true)
  [ -z "$mentions" ] || say "$LOOKUP is gone, and still named in ${mentions% }"
}
