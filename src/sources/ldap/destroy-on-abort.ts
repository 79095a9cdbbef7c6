/**
 * Sockets that end when a signal says so.
 */
import type { Socket } from 'node:net';

/** The signal's reason becomes the socket's error. @returns what ends the watch */
export function destroyOnAbort(socket: Socket, signal: AbortSignal): () => void {
  const onAbort = (): void => {
    socket.destroy(reasonOf(signal));
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}
