import { useEffect, useRef, useState } from "react";

type Running<Progress> = {
  /** How far it has come; null while nothing runs. */
  progress: Progress | null;
  failure: unknown;
  begin: () => void;
  stop: () => void;
};

/** Work that takes its time: tells how far it is, can be stopped, and stops when what shows it goes. */
export function useDownload<Progress>(
  none: Progress,
  work: (onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<void>,
): Running<Progress> {
  const running = useRef<AbortController | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function run() {
    const controller = new AbortController();
    running.current = controller;
    setFailure(null);
    setProgress(none);
    try {
      await work(setProgress, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) setFailure(error);
    } finally {
      setProgress(null);
    }
  }

  return { progress, failure, begin: () => void run(), stop: () => running.current?.abort() };
}
