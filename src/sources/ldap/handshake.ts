/**
 * TLS on an open socket, and what was seen on the way in case it fails.
 *
 * Node verifies the server's certificate (`rejectUnauthorized`) and destroys the socket of one that it does not trust
 * before anybody can write to it: no check of ours stands between a wrong server and a password. For the error we only look
 * at the certificate in passing. The event for that is `keylog`: it comes in the middle of the handshake, with the certificate
 * known and the socket alive, where `secureConnect` does not come for a server that is not trusted, nor
 * `checkServerIdentity` for one of another CA. The key material that it brings is not touched.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { untilEvent } from './socket-event.ts';

/** Key material that exists as soon as our last part of the handshake goes out, in TLS 1.2 and in TLS 1.3. */
const OUR_LAST_PART = /^CLIENT_(?:RANDOM|TRAFFIC_SECRET_0) /;
/** An encrypted close_notify is 23 to 31 bytes long; session tickets, which only a client that was accepted gets, are longer. */
const CLOSE_NOTIFY_MAX_LENGTH = 40;

export class Handshake {
  readonly #tcp: Socket;
  readonly #secure: TLSSocket;
  #certificate: X509Certificate | undefined;
  #wantsCertificate = false;
  /** How much had come from the server when it had everything from us. */
  #bytesBefore: number | undefined;

  /** @param name what the server's certificate must be for */
  constructor(tcp: Socket, context: SecureContext, name: string) {
    this.#tcp = tcp;
    this.#secure = connect({
      socket: tcp,
      secureContext: context,
      // Checked against the certificate; as SNI only a name is allowed (RFC 6066).
      host: name,
      ...(isIP(name) !== 0 ? {} : { servername: name }),
      rejectUnauthorized: true,
    });
    this.#secure.on('keylog', (line) => this.#look(line));
  }

  /** @throws whatever ended it */
  async complete(signal: AbortSignal): Promise<TLSSocket> {
    await untilEvent(this.#secure, 'secureConnect', signal);
    this.#bytesBefore = this.#tcp.bytesRead;
    return this.#secure;
  }

  /** The server's, as far as it was sent: nobody has verified it yet. */
  get certificate(): X509Certificate | undefined {
    return this.#certificate;
  }

  /** The server has asked for a client certificate, and has ours by now, or knows that there is none. */
  get wantsCertificate(): boolean {
    return this.#wantsCertificate;
  }

  /** Since it has all our part, the server has said nothing but goodbye: neither its own last part nor a session ticket. */
  get isUnanswered(): boolean {
    return this.#bytesBefore !== undefined && this.#tcp.bytesRead - this.#bytesBefore <= CLOSE_NOTIFY_MAX_LENGTH;
  }

  #look(keyMaterial: Buffer): void {
    this.#certificate = this.#secure.getPeerX509Certificate() ?? this.#certificate;
    if (!OUR_LAST_PART.test(keyMaterial.toString('latin1'))) return;
    // Algorithms come with a CertificateRequest and with nothing else.
    this.#wantsCertificate = this.#secure.getSharedSigalgs().length > 0;
    this.#bytesBefore = this.#tcp.bytesRead;
  }
}
