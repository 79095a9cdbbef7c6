# bash completion for holdfast(8)
# Made by "npm run completions" of the commands that holdfast has. Do not edit.

_holdfast() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} place='' word index
  local -i skip=0
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if ((skip)); then
      skip=0
      continue
    fi
    case $word in
      --access-group | --approve-removals | --at | --base | --bastion | --bind | --bind-dn | --ca | --cert | --code | --config | --format | --group | --hosts | --key | --map | --password-file | --profile | --region | --root | --schema | --server-name | --skip | --tls | --uri | --via | --watch) skip=1 ;;
      -*) ;;
      *)
        case $place:$word in
          ':sync') place='sync' ;;
          ':diff') place='diff' ;;
          ':emergency') place='emergency' ;;
          ':status') place='status' ;;
          ':keys') place='keys' ;;
          ':approve') place='approve' ;;
          ':why') place='why' ;;
          ':who') place='who' ;;
          ':quarantine') place='quarantine' ;;
          ':homes') place='homes' ;;
          ':config') place='config' ;;
          ':wiring') place='wiring' ;;
          ':doctor') place='doctor' ;;
          ':explain') place='explain' ;;
          ':export') place='export' ;;
          ':import-nsscache') place='import-nsscache' ;;
          ':init') place='init' ;;
          ':metrics') place='metrics' ;;
          ':setup') place='setup' ;;
          ':generations') place='generations' ;;
          ':rollback') place='rollback' ;;
          'approve:uid') place='approve uid' ;;
          'config:check') place='config check' ;;
          'config:show') place='config show' ;;
          'config:schema') place='config schema' ;;
          'wiring:sshd') place='wiring sshd' ;;
          'wiring:ssh-config') place='wiring ssh-config' ;;
        esac
        ;;
    esac
  done
  if ((skip)); then
    case $place:$previous in
      ':--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      ':--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'sync:--approve-removals') : ;;
      'sync:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'sync:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'diff:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'diff:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'emergency:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'emergency:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'status:--watch') : ;;
      'status:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'status:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'keys:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'keys:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'approve:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'approve:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'approve uid:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'approve uid:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'why:--group') mapfile -t COMPREPLY < <(compgen -g -- "$current") ;;
      'why:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'why:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'who:--at') : ;;
      'who:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'who:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'quarantine:--code') mapfile -t COMPREPLY < <(compgen -W 'name-missing name-invalid name-ambiguous name-duplicate name-reused name-local name-reserved name-lookalike id-missing id-invalid id-out-of-range id-duplicate id-local uid-reused uid-changed id-dynamic primary-group-unknown home-missing home-invalid shell-invalid shell-unlisted text-invalid shadow-invalid shadow-expire-zero account-disabled account-locked account-expired account-outside-hours account-unreadable member-invalid member-unknown member-local member-ambiguous group-too-large line-too-long access-group-unknown access-account-unknown access-group-unmapped key-malformed key-type key-too-short key-options key-certificate key-revoked key-shared key-ageing key-too-old key-ages-lost clock-implausible' -- "$current") ;;
      'quarantine:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'quarantine:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'homes:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'homes:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'config:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'config:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'config check:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'config check:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'config show:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'config show:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'config schema:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'config schema:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'wiring:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'wiring:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'wiring sshd:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'wiring sshd:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'wiring ssh-config:--via') mapfile -t COMPREPLY < <(compgen -W 'bastion ssm' -- "$current") ;;
      'wiring ssh-config:--bastion') : ;;
      'wiring ssh-config:--hosts') : ;;
      'wiring ssh-config:--region') : ;;
      'wiring ssh-config:--profile') : ;;
      'wiring ssh-config:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'wiring ssh-config:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'doctor:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'doctor:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'explain:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'explain:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'export:--format') mapfile -t COMPREPLY < <(compgen -W 'json getent ldif' -- "$current") ;;
      'export:--map') mapfile -t COMPREPLY < <(compgen -W 'passwd group shadow keys' -- "$current") ;;
      'export:--base') : ;;
      'export:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'export:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'import-nsscache:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'import-nsscache:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'init:--uri') : ;;
      'init:--ca') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'init:--cert') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'init:--key') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'init:--tls') mapfile -t COMPREPLY < <(compgen -W 'starttls off' -- "$current") ;;
      'init:--server-name') : ;;
      'init:--bind') mapfile -t COMPREPLY < <(compgen -W 'external simple anonymous' -- "$current") ;;
      'init:--bind-dn') : ;;
      'init:--password-file') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'init:--base') : ;;
      'init:--schema') mapfile -t COMPREPLY < <(compgen -W 'rfc2307 rfc2307bis ipa ad' -- "$current") ;;
      'init:--access-group') mapfile -t COMPREPLY < <(compgen -g -- "$current") ;;
      'init:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'init:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'metrics:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'metrics:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'setup:--skip') mapfile -t COMPREPLY < <(compgen -W 'nsswitch links sshd homes timers' -- "$current") ;;
      'setup:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'setup:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'generations:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'generations:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      'rollback:--root') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      'rollback:--config') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    esac
    return
  fi
  if [[ $current == -* ]]; then
    case $place in
      '') mapfile -t COMPREPLY < <(compgen -W '-V --version --root --config -h --help' -- "$current") ;;
      'sync') mapfile -t COMPREPLY < <(compgen -W '--dry-run --approve-removals --json --root --config -h --help' -- "$current") ;;
      'diff') mapfile -t COMPREPLY < <(compgen -W '--json --root --config -h --help' -- "$current") ;;
      'emergency') mapfile -t COMPREPLY < <(compgen -W '--approve-removals --json --root --config -h --help' -- "$current") ;;
      'status') mapfile -t COMPREPLY < <(compgen -W '--watch --json --root --config -h --help' -- "$current") ;;
      'keys') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'approve') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'approve uid') mapfile -t COMPREPLY < <(compgen -W '--list --all --json --root --config -h --help' -- "$current") ;;
      'why') mapfile -t COMPREPLY < <(compgen -W '--group --json --root --config -h --help' -- "$current") ;;
      'who') mapfile -t COMPREPLY < <(compgen -W '--at --json --root --config -h --help' -- "$current") ;;
      'quarantine') mapfile -t COMPREPLY < <(compgen -W '--code --json --root --config -h --help' -- "$current") ;;
      'homes') mapfile -t COMPREPLY < <(compgen -W '--json --root --config -h --help' -- "$current") ;;
      'config') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'config check') mapfile -t COMPREPLY < <(compgen -W '--json --root --config -h --help' -- "$current") ;;
      'config show') mapfile -t COMPREPLY < <(compgen -W '--json --root --config -h --help' -- "$current") ;;
      'config schema') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'wiring') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'wiring sshd') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'wiring ssh-config') mapfile -t COMPREPLY < <(compgen -W '--via --bastion --hosts --region --profile --root --config -h --help' -- "$current") ;;
      'doctor') mapfile -t COMPREPLY < <(compgen -W '-v --verbose --offline --json --root --config -h --help' -- "$current") ;;
      'explain') mapfile -t COMPREPLY < <(compgen -W '--json --root --config -h --help' -- "$current") ;;
      'export') mapfile -t COMPREPLY < <(compgen -W '--format --map --base --root --config -h --help' -- "$current") ;;
      'import-nsscache') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'init') mapfile -t COMPREPLY < <(compgen -W '--uri --ca --cert --key --tls --server-name --bind --bind-dn --password-file --base --schema --access-group --everyone --print --force --root --config -h --help' -- "$current") ;;
      'metrics') mapfile -t COMPREPLY < <(compgen -W '--root --config -h --help' -- "$current") ;;
      'setup') mapfile -t COMPREPLY < <(compgen -W '--apply --undo --skip --no-chain --json --root --config -h --help' -- "$current") ;;
      'generations') mapfile -t COMPREPLY < <(compgen -W '--json --root --config -h --help' -- "$current") ;;
      'rollback') mapfile -t COMPREPLY < <(compgen -W '--restore-access --dry-run --release --json --root --config -h --help' -- "$current") ;;
    esac
    return
  fi
  case $place in
    '') mapfile -t COMPREPLY < <(compgen -W 'sync diff emergency status keys approve why who quarantine homes config wiring doctor explain export import-nsscache init metrics setup generations rollback' -- "$current") ;;
    'keys') mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
    'approve') mapfile -t COMPREPLY < <(compgen -W 'uid' -- "$current") ;;
    'approve uid') mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
    'why') mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
    'who') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    'config') mapfile -t COMPREPLY < <(compgen -W 'check show schema' -- "$current") ;;
    'wiring') mapfile -t COMPREPLY < <(compgen -W 'sshd ssh-config' -- "$current") ;;
    'explain') mapfile -t COMPREPLY < <(compgen -W 'usage configuration source-unavailable source-refused data-refused cache-failed lock-held not-root name-unresolved connect-failed timed-out interrupted tls-failed tls-untrusted tls-expired tls-not-yet-valid tls-wrong-name client-certificate-refused bind-refused search-refused answer-limited answer-referred base-missing answer-malformed answer-cut answer-too-large paging-lost group-missing aws-unreachable aws-throttled aws-denied aws-credentials aws-not-found metadata-unavailable metadata-refused host-groups-unknown object-missing map-refused config-mistaken file-unreadable file-permissions file-mistaken revoked-list secret-missing certificate-unusable parameter-unusable region-missing emergency-not-configured emergency-object-refused emergency-file-foreign disk-full read-only permission-denied read-back-differs audit-log empty-map passwd-removals group-removals member-removals keys-vanished refusals endings keys-replaced shells-refusing account-removals access-losses always-refused nobody-left always-group-empty always-group-replaced deny-group-vanished group-source-changed account-keys-vanished source-empty name-missing name-invalid name-ambiguous name-duplicate name-reused name-local name-reserved name-lookalike id-missing id-invalid id-out-of-range id-duplicate id-local uid-reused uid-changed id-dynamic primary-group-unknown home-missing home-invalid shell-invalid shell-unlisted text-invalid shadow-invalid shadow-expire-zero account-disabled account-locked account-expired account-outside-hours account-unreadable member-invalid member-unknown member-local member-ambiguous group-too-large line-too-long access-group-unknown access-account-unknown access-group-unmapped key-malformed key-type key-too-short key-options key-certificate key-revoked key-shared key-ageing key-too-old key-ages-lost clock-implausible pinned configuration-wrong nobody-has-keys never-committed caches-damaged last-run-failed audit-incomplete source-never-complete source-old source-stale certificate-expires removals-held held-record-damaged ledger-missing uid-waits access-rule-leads-nowhere host-access-unread access-group-not-in-map last-run-warned hook-warned sshd-wiring emergency-never-run emergency-old emergency-failed emergency-no-keys emergency-file-changed emergency-held emergency-user-missing configuration-odd configuration-unsafe caches-none caches-nobody run-failed run-warning access-nowhere access-groups-unread uid-ledger-missing emergency quarantined nsswitch-unreadable nsswitch-no-cache nsswitch-no-files nsswitch-cache-first nsswitch-cache-cut-off nsswitch-directory-first nsswitch-directory-after cache-link-missing cache-link-elsewhere cache-link-file nss-silent nss-differs nss-hangs sshd-refuses-configuration sshd-no-lookup sshd-slot-taken sshd-drop-in-unread sshd-drop-in sshd-lookup-user sshd-lookup-root sshd-no-public-keys sshd-keeps-out sshd-no-pam sshd-emergency pam-asks-directory pam-asks-passwords home-not-made lookup-missing lookup-unsafe lookup-closed lookup-fails lookup-differs state-unsafe state-closed state-open timer-missing timer-disabled timer-stopped service-failed units-changed disk-too-full disk-low account-collision shell-missing certificate-expired source-unreachable server-unreachable clock-wrong clock-off secrets-from-copy secrets-not-kept parameter-not-secure metrics-not-written state-folder-moved hook-refused hook-failed held kept reduced repaired approval-waits approval-unused approval-refused not-waiting source-failed ledger-damaged access-groups-failed access-groups-changed access-map-failed access-map-changed audit-failed emergency-file-tampered emergency-line emergency-held-key export-left-out setup-check setup-stuck setup-conflict rollback rollback-lost rollback-returned rollback-withheld rollback-left-out init-group bug' -- "$current") ;;
    'import-nsscache') compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    'rollback') mapfile -t COMPREPLY < <(compgen -W "$(command ls /var/lib/holdfast/generations 2>/dev/null)" -- "$current") ;;
  esac
}

complete -F _holdfast holdfast
