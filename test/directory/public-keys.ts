/**
 * Public keys that OpenSSH 9.2 ssh-keygen(1) made, and the pieces to build others of.
 */
import { type AuthorizedKey, formatAuthorizedKey } from '../../src/directory/authorized-key.ts';
import type { KeyType } from '../../src/directory/key-blob.ts';
import type { KeyOption } from '../../src/directory/key-options.ts';

export interface PublicKey {
  readonly type: KeyType;
  readonly bits: number;
  readonly blob: string;
}

/** Everything that a key line says. */
export interface KeyLine extends PublicKey {
  readonly options: readonly KeyOption[];
  /** As sshd gets it. */
  readonly line: string;
}

export function keyLine(parsed: AuthorizedKey): KeyLine {
  const { type, bits, options } = parsed;
  return { type, bits, blob: parsed.text.split(' ')[1] ?? '', options, line: formatAuthorizedKey(parsed) };
}

export const ed25519 = key('ssh-ed25519', 256, 'AAAAC3NzaC1lZDI1NTE5AAAAII0YM9qwFHK3Bbqnd6Fp4fx9ikj/f3x1RWjrV0otzPku');

export const otherEd25519 = key('ssh-ed25519', 256, 'AAAAC3NzaC1lZDI1NTE5AAAAIK+40ATQgRdlt6JfTiY/4tgiJYVK1x65KYWftjah/4J9');

export const ecdsa256 = key(
  'ecdsa-sha2-nistp256',
  256,
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEi40LzPA26o9i1imc16+pp5s1CYXjFPCWldjR/e70BxTDD5eetaADEI/s0+6zEmqAI5' +
    'caxEtaRgQXnOAf11j68=',
);

const ecdsa384 = key(
  'ecdsa-sha2-nistp384',
  384,
  'AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBMnXPCCGJGyInsmU1K1kFqUVE3GAY1Z12eGBceExn2uFYT7Envj+2fpMTYS48RLs0djV' +
    'Z/OGUZ+1Ex5EY5qcGU/nb/Bv0l3ntigYkmP7bd8g7crw9tZcN5aSW9kvCPq/Fw==',
);

const ecdsa521 = key(
  'ecdsa-sha2-nistp521',
  521,
  'AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAH++jZQWnF5nW1L38bgK6o3YxGXfDFN7MVSarjtF5MeE1cxrfwSfQRcAEgcgPQwGahC' +
    '8GrpmelM+hlxjMfJxNtLJAEUmVxAxrQSBj9B+uP98Iuy6HeZtYHZubX5A6Uu6zoW15Syawddt6oVzWnw5atz6xiMtfMEhoxfEefqkXy+53/sFw==',
);

export const rsa1024 = key(
  'ssh-rsa',
  1024,
  'AAAAB3NzaC1yc2EAAAADAQABAAAAgQCmLb9Iuqt2PuqVEiiRzv6zQQcZY7rjQIbbU2RQuKI6FG0NPjvk95j/GXtNXfNEnezWvGSpyHKMguX2B7QC/w1WHchy' +
    '6KbbW1/AwneoGgfTFcQWmqYS1BtWLDt4y0voGevvyAty2IBBwW2FQs9h9JOSXMCdeYs28+0aqR/SvwmDcQ==',
);

export const rsa2048 = key(
  'ssh-rsa',
  2048,
  'AAAAB3NzaC1yc2EAAAADAQABAAABAQDYSsPSO3lKBaT919c0z/yW56owLKjASSjlHmCH+YShBEEmy4Opu3uN65Yv5M6BqF/YJK6melhaH22bVAo4pc1myX66' +
    'v6LsH0rCFhQRYcu0zvmAnSS3SkML+Id2o5WZ0m/uiw1SdeNwFyQVODM06M9I8dZ08aZ7lOafAepScTqYaWJppNRpGUpTHctO/Z6HqPwiUwtoUNmoD1X+STfA' +
    'KDBGVbnwTNvrr2vJbY285G7Yg8gjrUOaS0g8Osq0uTOve41vo14PB1DyxiDCCp6N2wUhG9KVd/+2DdI/SMYzEf6qt7DxHgeMPw86eoIKLdXILSwoTkrALh9T' +
    'h0uFF9Jv/WVJ',
);

const rsa3072 = key(
  'ssh-rsa',
  3072,
  'AAAAB3NzaC1yc2EAAAADAQABAAABgQC4MZpd2Wmzl7m/umjJtQMKN8vHFDy/NqThju+sJccu5CEgcLLWpS4d3GZI//PGh/w7Sr50zykpmgJwEBgcbfXM7qnQ' +
    'LLlov4SiJpFnL12sPCbus+3Wk9S0zGXm12a8PtBaAKVijTorQ18lep9xVfvgTa/cTApbRLj+TnX0lDQVUWgG0yCLzYzoigQw61Cx2/+Tvu+Jiv1iibGJ6dvC' +
    'ztJfHXwPpxTqIASMpMUQViZR1VvDBm8mMGl96mnb0KxKSA1JfSQC3lwbENDzRp2uD8WxDM2sKrujNbaJChso2zdv85Ed9WS/V2p0TxRMvfKO7ZA5ALl9eiwB' +
    'ygt7T5pNrVniI7WrvBxO1e35gvW1g0/i/YwpHwIJONVCzaloQ4ssWiOxmpN0zY+IGy0wCJizbQGftc5jlCmqhHz+CEYLvs8OvFDSEE1v0cltw3gDGn3Zu5ue' +
    'a8oQTnUvWpei4MDBUBNKNbZkFG38QrsnGrQNl+cfv/dEFmtHj67ZVSBxo/D4q1E=',
);

const rsa4096 = key(
  'ssh-rsa',
  4096,
  'AAAAB3NzaC1yc2EAAAADAQABAAACAQDZe5FBXDr1GjxxPryP6iUC6WyFj7tG8xjJHudFk6+w99IlDjfkvCIbHDsmsRI+AZGG/zQPh8H3Rb4bdxo47J791zsL' +
    'l2mvrp1AouCuQ9Bu1I97fXLFD94pv2GI5b4zNBoKTerwOZxt5WRfAK1l0kEBfKi31bGhfayp90Hg7AEP8Yy6DPrPchqHCT1hQtd5LQDzIkFt2hSee0JyxEjK' +
    'MzMGIiyMt8TqEtbXPg8C1pJ1p9JT5EDD5Xg7g4KumnVUp9xTrCnoNL9nVGVNMOzQWRYxQT+K1+it399CBcP2i+64NI/JQ62xyK/LVe6/RqUs+UdNwG9HHdC3' +
    'wJoCWQPEnJSEbHZIbHnkphcp0OmQ7clkLFxy3MeDb8GS1Z/PfBmQ3B5/01/iBzFywrBYGCoAVwaGRjipK+Zl23lon4dHBgzaLNh6JTEUDD5wYmsH3BcbY8b7' +
    'S1P2e4NndAgzp6wMmcMab/QuoflrwQGfuhRp6qWgbF5kpucZ9C5++jlu8d3f4YGKMtfu99bRnN7oVyGWmwG6r39FoMlfI4PkdCqhlWjdXNdk2Jsn8uGp3L2U' +
    't5Ww8LdMVmRqrnk4dvjT55/mHAPcgOl2km/9C3kxpuXZv9crJ669WrnamgAywJgzKQAumZ9MC3pHH23RAu5bFRvGK70sBG8lC5c4olkdaUYV/+14hw==',
);

/** Of a Digital Signature Algorithm key, which sshd has not admitted since OpenSSH 7.0. */
export const dsaLine =
  'ssh-dss AAAAB3NzaC1kc3MAAACBANImJMEFqZMRwwQUQXEVSv3YzztaAUCcaAuw2WpykFcxZZrtMeYOByde6y90jHuyxQ59vsoc7bVLfQVXl1gU3iAOaQcg' +
  'UCHCbEyBc94dyu2a6jZQ5Y6EVv9nKZ1k++imj5ImkIVoaVDeO3aOKEvPgEgCJbtYIzpi5hQaf15pT6RJAAAAFQDyTYqBGqY7LcVbjEJCnI3rXjSHqwAAAIEA' +
  'pl2cn/thVjBl8dWr+bpZ8OctO8Jy1tDgdpM8i45R6ggP8cdur4vINogTLaIgOESCk9nzzaMGta/VO3zeLfyq0QUCFMwx0PoTrQLYmyMHjd++28qDRkj5B7I5' +
  'bCmepzIHhicH5zxHYcGHRPz3Cc6rGY5Dg7IBt03pCSitIwTcJfQAAACAOuTT2Gd2o0i5dKS0/vqK/hEI7w83y5BG1mzzaGfeOdRWEPvGi79t2zeRqMNOuukz' +
  's8ISTBKEpDrbH8H1WFqFLsPlTufE69iyY8LM+b8kOQXYph9cqkPLxJGmJ9oHY6ibLCWacXYGaIIKx8O5csQdojqubgd0OzE+pzcX2llvvIY=';

export const certificateLine =
  'ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIImr4sGLNT3xIdbAhXIrVaxIPiX6N/BDG8x' +
  '9cQR2BMRyAAAAIK+40ATQgRdlt6JfTiY/4tgiJYVK1x65KYWftjah/4J9AAAAAAAAAAAAAAABAAAAAmlkAAAACQAAAAVhbGljZQAAAAAAAAAA//////////8' +
  'AAAAAAAAAggAAABVwZXJtaXQtWDExLWZvcndhcmRpbmcAAAAAAAAAF3Blcm1pdC1hZ2VudC1mb3J3YXJkaW5nAAAAAAAAABZwZXJtaXQtcG9ydC1mb3J3YXJ' +
  'kaW5nAAAAAAAAAApwZXJtaXQtcHR5AAAAAAAAAA5wZXJtaXQtdXNlci1yYwAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACCNGDPasBRytwW6p3ehaeH' +
  '8fYpI/398dUVo61dKLcz5LgAAAFMAAAALc3NoLWVkMjU1MTkAAABAumPIQDUK8CExnjKWy4tzjhToZ6JTd7C8UFbCWpCmpM+cEIsR1U7iwIH3OOT75Nc57qF' +
  'GIS8oQkBtQj8KMfy8Ag==';

/** FIDO keys need hardware to make: these are the same points, with the application that OpenSSH gives them. */
export const skEd25519 = key('sk-ssh-ed25519@openssh.com', 256, base64(skEd25519Fields()));

export const skEcdsa = key('sk-ecdsa-sha2-nistp256@openssh.com', 256, base64(skEcdsaFields()));

export const publicKeys: readonly PublicKey[] = [
  ed25519,
  ecdsa256,
  ecdsa384,
  ecdsa521,
  rsa1024,
  rsa2048,
  rsa3072,
  rsa4096,
  skEd25519,
  skEcdsa,
];

export function lineOf({ type, blob }: PublicKey): string {
  return `${type} ${blob}`;
}

/** The fields of a blob, without the lengths in front of them. */
export function fieldsOf(blob: string): Uint8Array[] {
  const bytes = Buffer.from(blob, 'base64');
  const fields: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    fields.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)));
  }
  return fields;
}

/** A blob of fields, each with its length of four bytes in front (RFC 4251 section 5, `string`). */
export function base64(fields: readonly (string | Uint8Array)[]): string {
  return Buffer.concat(fields.map(field)).toString('base64');
}

function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function skEd25519Fields(application: string | Uint8Array = 'ssh:'): (string | Uint8Array)[] {
  const [, point = ''] = fieldsOf(ed25519.blob);
  return ['sk-ssh-ed25519@openssh.com', point, application];
}

export function skEcdsaFields(application: string | Uint8Array = 'ssh:'): (string | Uint8Array)[] {
  const [, curve = '', point = ''] = fieldsOf(ecdsa256.blob);
  return ['sk-ecdsa-sha2-nistp256@openssh.com', curve, point, application];
}

function key(type: KeyType, bits: number, blob: string): PublicKey {
  return { type, bits, blob };
}
