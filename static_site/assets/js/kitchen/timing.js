/**
 * What the browser and the API measured of a conversation, as rows on one time axis.
 *
 *     rowsOf(talk)      // [{ step: 2, kind: 'queue', label: 'Getting ready to send', start, ms, … }, …]
 */

/** @import { Network, Talk, Try } from '../../../types/kitchen' */

/** @typedef {{ name: string, ms: number, start: number, about: string, items: number, outcome: string }} Stage one metric of Server-Timing */
/**
 * @typedef {object} Row
 * @property {number} step of the six
 * @property {string} kind what words.js explains
 * @property {string} label
 * @property {number} start in ms since 1970
 * @property {number} ms
 * @property {string} [outcome] what came of it, if not what was hoped for
 */

const PARAMETERS = /^\s*([\w-]+)=(?:"([^"]*)"|(.*))$/;
const TRIED_AGAIN = ['conflict', 'throttled'];
const UNDERSTANDING = ['receive', 'authorise', 'validate'];
const LABELS = { receive: 'Read the request', authorise: 'Check who asks', validate: 'Check what is asked', logic: 'Decide', respond: 'Write the answer' };

/**
 * Read a Server-Timing header.
 * @param {string} [header]
 * @returns {Stage[]}
 */
export function stagesOf(header = '') {
  return header.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter((one) => one.trim()).map((metric) => {
    const [name = '', ...parts] = metric.trim().split(';');
    const found = Object.fromEntries(parts.map((part) => PARAMETERS.exec(part)).flatMap((match) => (match ? [[match[1], match[2] ?? match[3]]] : [])));
    return { name, ms: Number(found.dur ?? 0), start: Number(found.start ?? 0), about: found.desc ?? '', items: Number(found.items ?? 0), outcome: found.outcome ?? '' };
  });
}

/** When a conversation was over, or now while it goes on. @param {Talk} talk */
export const endOf = ({ tries }) => tries.at(-1)?.end ?? tries.at(-1)?.at ?? 0;

/** @param {Talk} talk */
export const isOver = ({ tries }) => tries.at(-1)?.end !== undefined;

/** @param {Talk} talk how long it took in all, in ms */
export const lengthOf = (talk) => endOf(talk) - talk.id;

/**
 * Everything that was measured, in order.
 * @param {Talk} talk
 * @returns {Row[]}
 */
export function rowsOf(talk) {
  return talk.tries.flatMap((one, index) => {
    const before = talk.tries[index - 1];
    /** @type {Row[]} */
    const pause = before?.end === undefined ? [] : [{ step: 2, kind: 'pause', label: `Wait, then try again (try ${index + 1})`, start: before.end, ms: one.at - before.end }];
    return [...pause, ...rowsOfTry(one)];
  });
}

/** @param {Try} one @returns {Row[]} */
function rowsOfTry(one) {
  const { at, end = at, failure, network, headers = {} } = one;
  if (failure) return [{ step: 2, kind: failure, label: 'Wait for an answer', start: at, ms: end - at, outcome: 'no answer' }];
  const stages = stagesOf(headers['server-timing']);
  if (!network?.responseStart) return [{ step: 2, kind: 'network', label: 'Network, there and back', start: at, ms: end - at }, ...backend(stages, at, end)];
  const time = (/** @type {number} */ ms) => network.origin + ms;
  const { startTime, connectStart, requestStart, responseStart, responseEnd } = network;
  const cached = network.transferSize === 0 && responseStart === requestStart;
  return [
    { step: 2, kind: 'queue', label: 'Get ready to send', start: time(startTime), ms: requestStart - startTime - connecting(network) },
    ...(connecting(network) > 0 ? [{ step: 2, kind: 'connect', label: 'Connect', start: time(connectStart), ms: connecting(network) }] : []),
    { step: 2, kind: cached ? 'cache' : 'network', label: cached ? 'From the browser’s cache' : 'On the way and being served', start: time(requestStart), ms: responseStart - requestStart },
    ...backend(stages, time(requestStart), time(responseStart)),
    { step: 5, kind: 'download', label: 'Receive the answer', start: time(responseStart), ms: responseEnd - responseStart },
  ];
}

/** @param {Network} network */
const connecting = ({ startTime, connectStart, requestStart }) => (connectStart > startTime ? requestStart - connectStart : 0);

/**
 * The API's stages. Its clock is another, so they stand in the middle of the time that the page waited.
 * @param {Stage[]} stages
 * @param {number} sent
 * @param {number} answered
 * @returns {Row[]}
 */
function backend(stages, sent, answered) {
  const [total, ...others] = stages;
  const begun = sent + Math.max(0, answered - sent - (total?.ms ?? 0)) / 2;
  return others.map((stage, index) => {
    const place = { start: begun + stage.start, ms: stage.ms, outcome: stage.outcome };
    if (stage.name === 'db') return { step: 4, kind: stage.about.split(' ')[0] ?? '', label: callLabel(stage, others.slice(0, index)), ...place };
    if (stage.name === 'gateway') return { step: 4, kind: `gateway ${stage.about}`, label: `Payment gateway: ${stage.about}`, ...place };
    if (stage.name === 'more') return { step: 4, kind: 'more', label: stage.about, ...place };
    const step = UNDERSTANDING.includes(stage.name) ? 3 : stage.name === 'respond' ? 5 : 4;
    return { step, kind: stage.name, label: LABELS[/** @type {keyof typeof LABELS} */ (stage.name)] ?? stage.name, ...place };
  });
}

/** @param {Stage} stage @param {Stage[]} earlier */
function callLabel({ about, items }, earlier) {
  const [operation, ...tables] = about.split(' ');
  const previous = earlier.findLast((one) => one.about === about);
  const again = TRIED_AGAIN.includes(previous?.outcome ?? '') ? ', tried again' : '';
  return `${operation} on ${tables.join(', ')}${items > 1 ? `, ${items} items` : ''}${again}`;
}

/**
 * What the browser and the API did not account for between two times is not shown; this is how long the API was at work.
 * @param {Talk} talk
 */
export const servedIn = ({ tries }) => stagesOf(tries.at(-1)?.headers?.['server-timing']).find(({ name }) => name === 'total')?.ms;
