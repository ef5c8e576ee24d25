/** Makes a failing plan smaller for as long as it goes on failing. */
import type { Plan, ProgramPlan, Step } from './plan.ts';

/** The smallest plan found that still fails; `fails` is asked until it has said no to all smaller ones, or time is up. */
export async function shrink(
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
  isTimeUp: () => boolean,
): Promise<Plan> {
  for (const smaller of smallerPlans(plan)) {
    if (isTimeUp()) return plan;
    if (await fails(smaller)) return shrink(smaller, fails, isTimeUp);
  }
  return plan;
}

/** Plans with something less than this one, those with most less first. */
function* smallerPlans(plan: Plan): Generator<Plan> {
  const { programs, troubles } = plan;
  for (let at = 0; programs.length > 2 && at < programs.length; at++) yield onlyProgram(plan, at);
  if (programs.length > 1) {
    for (let at = 0; at < programs.length; at++) yield withoutProgram(plan, at);
  }
  for (let at = 0; at < troubles.length; at++) yield { programs, troubles: without(troubles, at) };
  for (const [at, program] of programs.entries()) {
    for (const smaller of smallerPrograms(program)) {
      yield { programs: programs.with(at, smaller), troubles };
    }
  }
}

function onlyProgram(plan: Plan, kept: number): Plan {
  let smaller = plan;
  for (let at = plan.programs.length - 1; at >= 0; at--) {
    if (at !== kept) smaller = withoutProgram(smaller, at);
  }
  return smaller;
}

function withoutProgram({ programs, troubles }: Plan, gone: number): Plan {
  return {
    programs: without(programs, gone),
    troubles: troubles
      .filter((trouble) => !('of' in trouble && trouble.of === gone))
      .map((trouble) =>
        'of' in trouble && trouble.of > gone ? { ...trouble, of: trouble.of - 1 } : trouble,
      ),
  };
}

function* smallerPrograms(program: ProgramPlan): Generator<ProgramPlan> {
  const { steps, settings, frozen, ...rest } = program;
  for (let at = 0; at < steps.length; at++) yield { ...program, steps: without(steps, at) };
  if (frozen) yield { ...rest, steps, settings };
  for (const name of Object.keys(settings) as (keyof typeof settings)[]) {
    const { [name]: _, ...fewer } = settings;
    yield { ...program, settings: fewer };
  }
  for (const [at, step] of steps.entries()) {
    for (const smaller of smallerSteps(step)) yield { ...program, steps: steps.with(at, smaller) };
  }
  const { thread } = program;
  if (thread) {
    const { depth, env, ...ways } = thread;
    for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
      const { [way]: _, ...fewer } = thread;
      yield { ...program, thread: fewer };
    }
    if (depth === 2) yield { ...program, thread: { ...thread, depth: 1 } };
    if (env !== 'inherited') yield { ...program, thread: { ...thread, env: 'inherited' } };
  }
  if (program.address !== 'number') yield { ...program, address: 'number' };
  if (program.output !== 'files') yield { ...program, output: 'files' };
  if (program.startsAtMs > 0) yield { ...program, startsAtMs: 0 };
}

function* smallerSteps(step: Step): Generator<Step> {
  if ('lines' in step) {
    if (step.lines > 1) yield { ...step, lines: Math.ceil(step.lines / 10) };
    if (step.lines > 1) yield { ...step, lines: Math.ceil(step.lines / 2) };
    if (step.bytes > 100) yield { ...step, bytes: Math.max(100, Math.ceil(step.bytes / 10)) };
    if (step.as === 'json') yield { ...step, as: 'text' };
  } else if ('pauseMs' in step) {
    if (step.pauseMs > 10) yield { pauseMs: Math.ceil(step.pauseMs / 4) };
  } else if (step.blockMs > 10) yield { blockMs: Math.ceil(step.blockMs / 4) };
}

function without<T>(all: readonly T[], at: number): T[] {
  return all.toSpliced(at, 1);
}
