/** The fuzz: random programs, random faults, one server. In a normal run a few rounds of known seeds, else ten minutes of new ones. */
import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { findNodes, NODE_MAJORS } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { judge } from './judge.ts';
import { isCrowd, type Plan, type ProgramPlan, planFor } from './plan.ts';
import { fuzz } from './rounds.ts';
import { type RoundFacts, runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';

const whole = isFullRun();
const MINUTES = 10;
/** Two failures at the end are shrunk for as long as they may be. */
const MAX_MS = (MINUTES + 10) * 60_000;

/** From here on so many seeds have programs of each kind. */
const KNOWN_SEED = 1268;
const KNOWN_SEEDS = 3;

const PROGRAM: ProgramPlan = {
  writer: 'console',
  preload: 'import',
  address: 'number',
  proxied: false,
  node: 24,
  output: 'files',
  startsAtMs: 0,
  settings: { credentials: 'user and password' },
  steps: [
    { lines: 50, bytes: 40, as: 'text' },
    { lines: 3, bytes: 300_000, as: 'text' },
    { lines: 5, bytes: 1, as: 'text' },
    { lines: 5, bytes: 100, as: 'json' },
  ],
  termination: 'exit',
};

it(whole ? `holds for ${MINUTES} minutes, with new seeds` : 'holds for some known seeds', {
  timeout: MAX_MS,
}, async () => {
  const found = await findNodes(whole ? NODE_MAJORS : [24]);
  const nodes = found.filter(({ node }) => node !== undefined).map(({ major }) => major);
  const seed = whole ? randomInt(2 ** 31) : KNOWN_SEED;
  sayOnStderr(`The fuzz begins with seed ${seed}`);
  const bounds = whole ? { minutes: MINUTES } : { rounds: KNOWN_SEEDS, atOnce: KNOWN_SEEDS };
  const result = await fuzz({ seed, nodes, say: sayOnStderr, ...bounds });
  expect(result.rounds).toBeGreaterThan(0);
  expect(result.failures).toEqual([]);
});

it('has programs of each kind in its known seeds', () => {
  const plans = Array.from({ length: KNOWN_SEEDS }, (_, at) => planFor(KNOWN_SEED + at));
  expect(plans.some(({ programs }) => isCrowd(programs))).toBe(true);
  const programs = plans.flatMap((plan) => plan.programs);
  const replaced = programs.flatMap(({ replaces }) => replaces ?? []);
  expect(new Set(replaced)).toEqual(new Set(['network', 'clock', 'statics']));
  expect(programs.some(({ thread }) => thread && thread.env !== 'inherited')).toBe(true);
  expect(programs.some(({ settings }) => settings.oldTimes)).toBe(true);
});

it('has the same plan for the same seed', () => {
  for (let seed = 0; seed < 100; seed++) expect(planFor(seed)).toEqual(planFor(seed));
  expect(planFor(1)).not.toEqual(planFor(2));
});

describe('the judge', () => {
  type Program = RoundFacts['programs'][number];
  let facts: RoundFacts;
  let program: Program;
  beforeAll(async () => {
    facts = await runPlan({ programs: [PROGRAM], troubles: [] });
    [program] = facts.programs as [Program];
  });
  const rulesBroken = (round: RoundFacts) => judge(round).violations.map(({ rule }) => rule);

  it('is content with what a healthy server has', () => {
    expect(judge(facts)).toEqual({ violations: [], excused: [] });
  });

  it("is content with frames that depend on Node's timing alone", () => {
    const frames = [
      '    at [kOnExit] (node:internal/worker:310:5)',
      '    at Worker.<computed>.onexit (node:internal/worker:230:20)',
    ];
    const stderr = `${program.withUs.stderr}${frames.join('\n')}\n`;
    const changed = { ...program, withUs: { ...program.withUs, stderr } };
    expect(rulesBroken({ ...facts, programs: [changed] })).toEqual([]);
  });

  it('compares no lines of a terminated thread, but all else', () => {
    const { withUs } = program;
    const plan: ProgramPlan = {
      ...PROGRAM,
      termination: 'tell-and-stay',
      thread: { depth: 1, env: 'inherited' },
    };
    const bare = { ...withUs, stdout: '', stderr: '' };
    const rulesBrokenBy = (stderr: string) =>
      rulesBroken({
        ...facts,
        programs: [{ ...program, plan, bare, withUs: { ...withUs, stderr } }],
      });
    expect(rulesBrokenBy('#10 the|\n.\n{"level":"warn","message":"#20 the|","n":20}\n')).toEqual(
      [],
    );
    expect(rulesBrokenBy('#10 the|\nhello\n')).toEqual([CHANGED]);
  });

  it('expects no line of which Node has printed a part when it ended a thread', () => {
    const plan: ProgramPlan = { ...PROGRAM, thread: { depth: 1, env: 'inherited' } };
    const { withUs, bare, rows } = program;
    const ofLast = (cut: number) => {
      const stdout = withUs.stdout.slice(0, withUs.stdout.length - cut);
      const ended = { withUs: { ...withUs, stdout }, ...(bare && { bare: { ...bare, stdout } }) };
      const changed = { ...program, ...ended, plan, rows: rows.slice(0, -1) };
      return rulesBroken({ ...facts, programs: [changed] });
    };
    expect(ofLast(0)).toContain(LOST);
    expect(ofLast('}\n'.length)).toEqual([]);
  });

  it('takes the printed part of a line of an ended thread for what was written', () => {
    const plan: ProgramPlan = { ...PROGRAM, thread: { depth: 1, env: 'inherited' } };
    const { withUs, bare, rows } = program;
    const at = withUs.stdout.indexOf('#6 ');
    const stdout = `${withUs.stdout.slice(0, at)}#6 the`;
    const ended = { withUs: { ...withUs, stdout }, ...(bare && { bare: { ...bare, stdout } }) };
    const rulesBrokenBy = (text: string) => {
      const cut = rows.with(5, { ...rows[5], _msg: text });
      return rulesBroken({ ...facts, programs: [{ ...program, ...ended, plan, rows: cut }] });
    };
    expect(rulesBrokenBy('#6 the')).toEqual([]);
    expect(rulesBrokenBy('#6 teh')).toEqual(['lines are stored as written']);
  });

  const LOST = 'every line is stored or reported';
  const CHANGED = 'a program ends and prints as without direct-logging';
  const without = ({ rows }: Program, at: number) => ({ rows: rows.toSpliced(at, 1) });
  const ended = ({ withUs }: Program, how: object) => ({ withUs: { ...withUs, ...how } });
  const CASES: [when: string, rule: string, change: (of: Program) => Partial<Program>][] = [
    ['a line is missing', LOST, (of) => without(of, 20)],
    ['a part is missing', LOST, (of) => without(of, 51)],
    ['a short line is missing', LOST, (of) => without(of, -8)],
    [
      'two lines are exchanged',
      'lines are in order',
      ({ rows }) => ({ rows: rows.with(3, rows[4] ?? {}).with(4, rows[3] ?? {}) }),
    ],
    [
      'a line is two records',
      'lines are stored once',
      ({ rows }) => ({ rows: rows.toSpliced(9, 0, { ...rows[9], 'shipper.seq': '999' }) }),
    ],
    [
      'a text is cut',
      'lines are stored as written',
      ({ rows }) => ({ rows: rows.with(5, { ...rows[5], _msg: '#6 the' }) }),
    ],
    ['we print something', CHANGED, (of) => ended(of, { stderr: 'hello' })],
    ['the exit code changes', CHANGED, (of) => ended(of, { code: 1 })],
    ['a program hangs', 'every program ends in time', (of) => ended(of, { timedOut: true })],
    [
      'a password is printed',
      'no credential is shown',
      ({ secrets }) => ({ drained: `for ${secrets[1]}` }),
    ],
    ['a spool is not empty', 'a drained spool is empty', () => ({ spoolLeft: ['a file'] })],
  ];
  it.each(CASES)('sees it when %s', (_, rule, change) => {
    expect(rulesBroken({ ...facts, programs: [{ ...program, ...change(program) }] })).toContain(
      rule,
    );
  });

  it('sees it when a stop of the server loses rows of others', () => {
    const rule = 'a stop of the server loses nothing of others';
    expect(rulesBroken({ ...facts, othersLost: [100] })).toEqual([rule]);
    const end = { code: 255, signal: null };
    const stop = { kind: 'stop', fromMs: 0, toMs: 100, end } as const;
    expect(rulesBroken({ ...facts, serverTroubles: [stop] })).toEqual([rule]);
  });
});

it('shrinks a failure to what it needs', async () => {
  const needsTwoLinesAndAStop = async ({ programs, troubles }: Plan): Promise<boolean> =>
    programs.some(({ steps }) => steps.some((step) => 'lines' in step && step.lines > 1)) &&
    troubles.some((trouble) => 'server' in trouble);
  const failing = Array.from({ length: 50 }, (_, seed) => planFor(seed));
  for (const plan of failing) {
    if (!(await needsTwoLinesAndAStop(plan))) continue;
    const smallest = await shrink(plan, needsTwoLinesAndAStop, () => false);
    expect(smallest.programs).toHaveLength(1);
    expect(smallest.troubles).toHaveLength(1);
    expect(smallest.programs[0]?.steps).toEqual([expect.objectContaining({ lines: 2 })]);
    expect(smallest.programs[0]?.settings).toEqual({});
  }
});
