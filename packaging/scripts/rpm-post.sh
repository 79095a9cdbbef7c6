make_folders
load_selinux_module
reload_systemd
if [ "$1" -eq 1 ]; then
  preset_timers
  tell_what_is_next
else
  restart_running_timers
fi
start_enabled_timers
