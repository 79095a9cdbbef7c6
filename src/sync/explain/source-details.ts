/**
 * Why a source gave nothing, by what an operator has to do about it.
 */
import type { ErrorDetail } from '../../errors.ts';
import type { Explanation } from './explanation.ts';

const SERVES = 'The last good snapshot of the source goes on serving: people log in as before, new ones wait.';

export const CONNECTION_DETAILS = {
  'name-unresolved': {
    means: "The host name in the source's uris does not resolve here.",
    matters: SERVES,
    remedies: [
      'getent hosts NAME',
      'compare uris in [[source]] and /etc/resolv.conf',
      'in a unit with a sandbox: DNS must be reachable from it',
    ],
  },
  'connect-failed': {
    means: 'No TCP connection to the server: refused, no route, or reset.',
    matters: SERVES,
    remedies: [
      'is the server up, the port right, and no firewall between? openssl s_client -connect HOST:636',
      'holdfast sync, to try again',
    ],
  },
  'timed-out': {
    means: 'Nothing, or not everything, came within connect_timeout or timeout of the source, or AWS took too long.',
    matters: `${SERVES} A part of an answer is never used.`,
    remedies: ['holdfast sync, which says which limit it was', 'if the server is healthy and large, raise timeout in [[source]]'],
  },
  interrupted: {
    means: 'The run was ended by a signal: systemctl stop, a shutdown, Ctrl-C.',
    matters: 'The last generation serves. The run left nothing half done.',
    remedies: ['holdfast sync, or wait for the timer'],
  },
  'tls-failed': {
    means: 'The TLS handshake did not succeed, for another reason than a certificate: no TLS on this port, no version or cipher in common.',
    matters: SERVES,
    remedies: [
      'ldaps:// is usually port 636; ldap:// with mode = "starttls" port 389',
      'openssl s_client -connect HOST:636, and -starttls ldap for port 389',
      'min_version in [source.tls], for an old server',
    ],
  },
  'tls-untrusted': {
    means: 'The server showed a certificate that no CA trusted here has issued. It may be another server than yours.',
    matters: `${SERVES} Nothing was sent to that server that it could use.`,
    remedies: [
      "compare the issuer in the message with ca in [source.tls]; after a change of CA, put the new CA's certificate into that file too",
      'openssl s_client -showcerts -connect HOST:636',
      'for AWS: is a proxy that opens TLS between this host and AWS?',
    ],
  },
  'tls-expired': {
    means: "The server's certificate, or a CA certificate above it, has expired by this host's clock.",
    matters: SERVES,
    remedies: ['timedatectl, if the clock may be wrong', "renew the server's certificate, or the CA in ca of [source.tls]"],
  },
  'tls-not-yet-valid': {
    means: "The server's certificate is valid only from a later time on than this host's clock shows: mostly a clock that is behind.",
    matters: SERVES,
    remedies: ['timedatectl; chronyc tracking'],
  },
  'tls-wrong-name': {
    means: "The server's certificate is trusted, but for another name than the one in uris.",
    matters: SERVES,
    remedies: ['use a name of the certificate in uris', 'or set server_name in [source.tls] to it'],
  },
  'client-certificate-refused': {
    means: "The server wants this host's client certificate, and there is none, it has expired, or the server does not know its issuer.",
    matters: `${SERVES} Other hosts with certificates of the same age may be next.`,
    remedies: [
      'openssl x509 -noout -subject -issuer -enddate -in CERT, with the file of cert in [source.tls]',
      "the server's log, and its list of CAs for clients (OpenLDAP: TLSCACertificateFile)",
    ],
  },
  'bind-refused': {
    means: 'TLS is fine, but the server does not let this identity in: the wrong DN or password, or a certificate that it maps to nobody.',
    matters: SERVES,
    remedies: [
      'method, dn and password in [source.bind]',
      'for "external": does the server make an identity of the certificate (OpenLDAP: authz-regexp)?',
    ],
  },
  'search-refused': {
    means: 'The bind succeeded, but the server does not let this identity read people or groups.',
    matters: `${SERVES} Nobody is taken for gone because they cannot be read.`,
    remedies: ['give the identity read access below base, to every attribute that is mapped (OpenLDAP: access to … by … read)'],
  },
  'answer-limited': {
    means: 'The server gave a part of the answer and said so: a size, time or administrative limit, or members kept back.',
    matters: `${SERVES} A part is never taken for the whole.`,
    remedies: [
      'lift the limit for this identity (OpenLDAP: limits … size.pr=unlimited size.prtotal=unlimited)',
      'a smaller page_size in [[source]]',
    ],
  },
  'answer-referred': {
    means: 'The server says that a part of the directory is on another server. holdfast follows no referral.',
    matters: SERVES,
    remedies: ['name the server that has everything in uris', 'or a base below which nothing is referred'],
  },
  'base-missing': {
    means: 'The search base does not exist there, or this identity may not see it.',
    matters: `${SERVES} An empty directory would have looked the same: so it is an error.`,
    remedies: ['base in [[source]], [source.users] and [source.groups]', 'ldapsearch -b BASE -s base, with the same identity'],
  },
  'answer-malformed': {
    means: 'What came is no answer in the protocol that was spoken: no LDAP, or no answer of AWS.',
    matters: SERVES,
    remedies: [
      'is something else listening on that port, or a proxy between?',
      'where the message names an entry: leave it out with a filter',
    ],
  },
  'answer-cut': {
    means: 'The connection ended before the answer was complete.',
    matters: `${SERVES} What had come until then is not used.`,
    remedies: ["nothing, if it happens once; else the server's log, and time limits of load balancers and firewalls between"],
  },
  'answer-too-large': {
    means: 'More came than max_entries, max_bytes or the limit of that object allows, so that a server gone wild cannot fill the memory.',
    matters: SERVES,
    remedies: ['when it is really that large, raise the limit that the message names', 'else a narrower base or filter'],
  },
  'paging-lost': {
    means: 'The server answered a page of a search without saying whether there are more. Nobody can tell whether that was all.',
    matters: `${SERVES} Programs that take this for the end delete everybody on the missing pages.`,
    remedies: ['ask a server of the directory itself, not a proxy that drops controls', "the server's log; the next run tries again"],
  },
} as const satisfies Partial<Record<ErrorDetail, Explanation>>;

export const AWS_DETAILS = {
  'group-missing': {
    means: 'IAM does not have a group that [[source]] names.',
    matters: `${SERVES} Its people are not taken for gone.`,
    remedies: ['make the group again', 'or take it out of groups or linux_groups in [[source]], which a guard then counts'],
  },
  'aws-unreachable': {
    means: 'AWS could not be reached, or failed by itself.',
    matters: 'The last good snapshot, secrets, map or emergency keys go on being used, as far as they are kept.',
    remedies: ['has this host a way to AWS: a NAT gateway, a proxy, or a VPC endpoint of the service?', 'the next run tries again'],
  },
  'aws-throttled': {
    means: 'AWS answered that there are too many requests, several times.',
    matters: `${SERVES} IAM's limit is one for the whole account, so other hosts are concerned, too.`,
    remedies: ['give large fleets a longer timer, at different times', 'the next run tries again'],
  },
  'aws-denied': {
    means: 'AWS knows who asks and does not allow it.',
    matters: 'What was last good goes on being used. It does not pass by itself.',
    remedies: [
      "allow the action and resource of the message in the role's policy",
      'the README in packaging/aws has policies for each feature',
    ],
  },
  'aws-credentials': {
    means: 'There are no credentials for AWS on this host, or they are wrong or have expired.',
    matters: 'What was last good goes on being used.',
    remedies: [
      'aws sts get-caller-identity, as root',
      'attach an instance profile with a role',
      'chronyc tracking: a wrong clock makes signatures invalid',
    ],
  },
  'aws-not-found': {
    means: 'AWS has no such thing: group, object, bucket or role.',
    matters: 'What was last good goes on being used.',
    remedies: ['compare the name in the message with AWS, and with region in [aws]'],
  },
  'metadata-unavailable': {
    means: 'The instance metadata service did not answer, or not with what it should.',
    matters: 'The access groups that this host was last known to have go on counting; the region has to be known from elsewhere.',
    remedies: ['curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token', 'region in [aws]'],
  },
  'metadata-refused': {
    means: 'The instance metadata service answered and refused.',
    matters: 'The access groups that this host was last known to have go on counting.',
    remedies: ['is something between that allows only some processes to ask? Is the hop limit too small for a container?'],
  },
  'host-groups-unknown': {
    means: "This host's access groups cannot be told: no tag, an empty one, or names of which the map has none.",
    matters: 'The last known ones go on counting. A host that never read any lets nobody in by them: only groups, users and always.',
    remedies: [
      'set the tag, or "none" to take the host out of its groups',
      'aws ec2 modify-instance-metadata-options --instance-id ID --instance-metadata-tags enabled',
    ],
  },
  'object-missing': {
    means: 'The S3 object of access.map_file does not exist.',
    matters: 'The last good map serves. A host that never had one lets nobody in by access groups.',
    remedies: ['aws s3 ls OBJECT', 'compare map_file in [access]'],
  },
  'map-refused': {
    means: 'The map of access groups is there and must not count: no valid signature, a serial that is not higher, or a mistake in it.',
    matters: 'The last good map serves. An old map that somebody puts back changes nothing.',
    remedies: ['ssh-keygen -Y sign -n holdfast-access-map -f KEY map.toml', 'a higher serial with each change', 'holdfast sync'],
  },
} as const satisfies Partial<Record<ErrorDetail, Explanation>>;
