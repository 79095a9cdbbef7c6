/**
 * Every metric that holdfast has, with its help. All are gauges; dashboard and alert rules in packaging/monitoring go by these names.
 *
 * Times are timestamps: an age that is written down would stand still when no run writes it any more.
 */
export const METRICS = {
  holdfast_build_info: 'Version of holdfast that wrote this; always 1.',
  holdfast_last_run_timestamp_seconds: 'When the last sync ended.',
  holdfast_last_run_duration_seconds: 'How long the last sync took.',
  holdfast_last_run_exit_status: 'Exit status of the last sync: 0 is well, 65 held or refused, 75 try later.',
  holdfast_last_run_outcome: 'What the last sync came to: 1 for that outcome, 0 for the others.',
  holdfast_last_run_warnings: 'What the last sync warned of, certificates apart.',
  holdfast_access_rules_unresolved: 'Names in [access] that lead nowhere.',
  holdfast_host_access_failing: 'Access groups of this host, and their map, that the last sync could not read.',
  holdfast_audit_incomplete: 'Whether lines of the audit log wait or were lost.',
  holdfast_source_up: 'Whether the source gave everything in the last sync.',
  holdfast_source_last_success_timestamp_seconds: 'When the source last gave everything.',
  holdfast_source_failing_since_timestamp_seconds: 'First of the runs in a row in which the source failed; absent while it does not.',
  holdfast_source_entries: 'Entries that the source gave last.',
  holdfast_source_denied_people: 'People without keys because the source has been silent for longer than staleness.deny_after.',
  holdfast_source_certificate_expiry_timestamp_seconds: 'When the first of the certificates for the source ends.',
  holdfast_staleness_warn_after_seconds: 'staleness.warn_after of the configuration.',
  holdfast_staleness_deny_after_seconds: 'staleness.deny_after of the configuration; absent: never.',
  holdfast_generation_readable: 'Whether there is a generation that serves, with a manifest that is whole.',
  holdfast_generation_number: 'Number of the generation that serves.',
  holdfast_generation_commit_timestamp_seconds: 'When the generation that serves was committed; it stays as long as nothing changes.',
  holdfast_generation_entries: 'Entries of the generation that serves; keys are logins with a key.',
  holdfast_generation_key_lines: 'Lines of keys in the generation that serves.',
  holdfast_held: 'Whether a guard holds removals until a person approves them.',
  holdfast_held_since_timestamp_seconds: 'Since when removals have been held; absent while none are.',
  holdfast_held_names: 'Names that a guard holds; absent for guards that hold none.',
  holdfast_pinned: 'Whether a rollback keeps this host at an older generation until it is released.',
  holdfast_pinned_since_timestamp_seconds: 'Since when it is; absent while it is not, and where its record is damaged.',
  holdfast_quarantine_size: 'Entries and keys that are withheld, of all reasons.',
  holdfast_quarantined: 'Entries and keys that are withheld, by reason.',
  holdfast_adjusted: 'Entries that are shown with a value of ours, by reason.',
  holdfast_withheld_keys: 'Authorized keys that are withheld.',
  holdfast_emergency_last_run_timestamp_seconds: 'When the last emergency run ended.',
  holdfast_emergency_last_run_exit_status: 'Exit status of the last emergency run.',
  holdfast_emergency_keys: 'Keys that emergency users have.',
  holdfast_emergency_held: 'Emergency objects whose changes are held until a person approves them.',
  holdfast_emergency_held_since_timestamp_seconds: 'Since when the first of them has been held; absent while none is.',
  holdfast_emergency_object_last_success_timestamp_seconds: 'When the emergency object was last read.',
} as const;

export type MetricName = keyof typeof METRICS;
