case $1 in
  remove)
    stop_units
    keep_commands
    ;;
esac
