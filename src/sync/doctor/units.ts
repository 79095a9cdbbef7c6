/**
 * Whether systemd runs holdfast: the timer enabled and waiting, and how the service ended.
 */
import type { UnitProperties } from '../../host/systemd-units.ts';
import { type Finding, finding, found, type Verdict } from './finding.ts';

export interface UnitFacts {
  /** `holdfast`, `holdfast-emergency` */
  readonly name: string;
  readonly timer: UnitProperties;
  readonly service: UnitProperties;
}

const ENABLED: ReadonlySet<string> = new Set(['enabled', 'enabled-runtime', 'static', 'linked', 'alias']);
/** How the program itself said it: that is the last run's status, which is judged with its reason. */
const SAID_BY_THE_RUN: ReadonlySet<string> = new Set(['success', 'exit-code', '']);
/** Beyond it are statuses of systemd's own: the program was never started (systemd.exec(5)). */
const FIRST_OF_SYSTEMD = 200;

export function judgeUnits({ name, timer, service }: UnitFacts): Verdict {
  return found(...judgeTimer(`${name}.timer`, timer), ...judgeService(`${name}.service`, service), ...judgeReload(name, timer, service));
}

function judgeTimer(unit: string, { LoadState, UnitFileState, ActiveState }: UnitProperties): Finding[] {
  if (LoadState === 'not-found')
    return [
      finding(
        'timer-missing',
        `systemd knows no ${unit}`,
        `systemctl daemon-reload && systemctl enable --now ${unit}   # if it is not there: install the package again`,
      ),
    ];
  if (LoadState === 'masked' || UnitFileState.startsWith('masked')) {
    return [finding('timer-disabled', `${unit} is masked`, `systemctl unmask ${unit} && systemctl enable --now ${unit}`)];
  }
  if (!ENABLED.has(UnitFileState)) {
    return [
      finding('timer-disabled', `${unit} is ${UnitFileState === '' ? 'not enabled' : UnitFileState}`, `systemctl enable --now ${unit}`),
    ];
  }
  return ActiveState === 'active' ? [] : [finding('timer-stopped', `${unit} is ${ActiveState}`, `systemctl start ${unit}`)];
}

function judgeService(unit: string, { LoadState, Result, ExecMainStatus, ExecMainExitTimestamp }: UnitProperties): Finding[] {
  if (LoadState === 'not-found')
    return [
      finding('timer-missing', `systemd knows no ${unit}`, 'systemctl daemon-reload   # if it is not there: install the package again'),
    ];
  const status = Number(ExecMainStatus);
  const isOfSystemd = Result === 'exit-code' && status >= FIRST_OF_SYSTEMD;
  if (SAID_BY_THE_RUN.has(Result) && !isOfSystemd) return [];
  const when = ExecMainExitTimestamp === '' ? '' : `, ${ExecMainExitTimestamp}`;
  const what = `${unit} ended with ${Result}${isOfSystemd ? ` (status ${status}: systemd could not start it)` : ''}${when}`;
  return [finding('service-failed', what, `journalctl -u ${unit} -n 50; systemctl start ${unit}`)];
}

function judgeReload(name: string, ...units: readonly UnitProperties[]): Finding[] {
  if (!units.some(({ NeedDaemonReload }) => NeedDaemonReload === 'yes')) return [];
  return [finding('units-changed', `units of ${name} were changed, and systemd has not read them`, 'systemctl daemon-reload')];
}
