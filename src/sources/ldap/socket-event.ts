/**
 * Waiting for one event of a socket that may fail, end, or take too long instead.
 */
import type { Socket } from 'node:net';
import { PeerClosed } from './connection-end.ts';
import { destroyOnAbort } from './destroy-on-abort.ts';

/** Rejects with the socket's error, with `PeerClosed`, or with the signal's reason; the socket is destroyed then. */
export async function untilEvent(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => reject(new PeerClosed());
  // For good: between this event and the next reader an error would find nobody else, and end the process.
  socket.on('error', reject);
  socket.once(event, resolve).once('close', onClose);
  const stopWatching = destroyOnAbort(socket, signal);
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    stopWatching();
    socket.off(event, resolve).off('close', onClose);
  }
}
