case $1 in
  configure)
    make_folders
    reload_systemd
    if [ -z "$2" ]; then
      preset_timers
      tell_what_is_next
    else
      restart_running_timers
    fi
    start_enabled_timers
    ;;
  abort-remove)
    start_enabled_timers
    ;;
esac
