if [ "$1" -eq 0 ]; then
  restore_commands
  reload_systemd
fi
