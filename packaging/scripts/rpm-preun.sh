if [ "$1" -eq 0 ]; then
  stop_units
  keep_commands
fi
