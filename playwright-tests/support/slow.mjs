// A slower processor: the page's process, its workers included, is stopped most of the time. The browser's own brake slows the main thread alone.

const RUN_MS = 4;

const tell = (pid, signal) => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
};

/** Lets the pages of a browser run one part in `factor` of the time, until what it gives is called. @param {import('@playwright/test').Browser} browser */
export async function slowDown(browser, factor) {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  await cdp.detach();
  const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  let timer;
  const run = () => {
    for (const pid of pids) tell(pid, 'SIGCONT');
    timer = setTimeout(stop, RUN_MS);
  };
  const stop = () => {
    for (const pid of pids) tell(pid, 'SIGSTOP');
    timer = setTimeout(run, RUN_MS * (factor - 1));
  };
  run();
  return () => {
    clearTimeout(timer);
    for (const pid of pids) tell(pid, 'SIGCONT');
  };
}
