/**
 * What a person's ssh has to be told to reach hosts that are not on the network it is on: a stanza for ~/.ssh/config.
 *
 * @see ssh_config(5), ProxyJump and ProxyCommand
 */

export type SshRoute =
  /** Through a host that passes connections on. */
  | { readonly via: 'bastion'; readonly bastion: string; readonly hosts: readonly string[] }
  /** Through Session Manager: hosts are instance ids, and no port of theirs is open to anybody. */
  | {
      readonly via: 'ssm';
      readonly hosts: readonly string[] | undefined;
      readonly region: string | undefined;
      readonly profile: string | undefined;
    };

/** Instances, and machines that are managed though they are none. */
const SSM_HOSTS = ['i-*', 'mi-*'];

export function printSshConfig(route: SshRoute): string {
  return route.via === 'bastion' ? bastionStanza(route) : ssmStanza(route);
}

function bastionStanza({ bastion, hosts }: SshRoute & { readonly via: 'bastion' }): string {
  const { host, user, port } = splitDestination(bastion);
  const settings = [...(user === undefined ? [] : [`    User ${user}`]), ...(port === undefined ? [] : [`    Port ${port}`])];
  return `# For ~/.ssh/config. The bastion passes connections on and gives out no shell; your key is asked for twice, once by each host.
# ssh reads the first value it finds: put this before "Host *".
Host ${host}
${[...settings, '    ForwardAgent no'].join('\n')}

Host ${hosts.join(' ')} !${host}
    ProxyJump ${host}
`;
}

function ssmStanza({ hosts = SSM_HOSTS, region, profile }: SshRoute & { readonly via: 'ssm' }): string {
  const options = [...(region === undefined ? [] : ['--region', region]), ...(profile === undefined ? [] : ['--profile', profile])];
  const command = ['aws ssm start-session', ...options, '--target %h --document-name AWS-StartSSHSession --parameters portNumber=%p'].join(
    ' ',
  );
  return `# For ~/.ssh/config: ssh LOGIN@i-0123456789abcdef0. Wants the AWS CLI with its Session Manager plugin, and leave to start sessions with
# the document AWS-StartSSHSession. IAM decides who reaches the host, sshd and holdfast who gets in and as whom.
Host ${hosts.join(' ')}
    ProxyCommand ${command}
    ForwardAgent no
`;
}

/** `[user@]host[:port]`; an IPv6 address stands in brackets. */
function splitDestination(destination: string): {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: string | undefined;
} {
  const [, user, bracketed, plain = '', port] = /^(?:([^@]*)@)?(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(destination) ?? [];
  return { host: bracketed ?? plain, user, port };
}
