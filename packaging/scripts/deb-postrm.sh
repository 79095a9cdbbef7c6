case $1 in
  remove)
    restore_commands
    reload_systemd
    ;;
  purge)
    forget_everything
    ;;
esac
