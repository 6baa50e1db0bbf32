// What `ess connector new` has to know: from its options, or asked for on a terminal, each answer until it is right.
import { EssError } from '@ess/domain/text/error.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import { tell } from '../../terminal/print.ts';
import { Questions } from '../../terminal/questions.ts';
import type { Answers, NewOptions } from './new-folder.ts';

interface Question {
  readonly option: string;
  readonly text: string;
  readonly usual: string;
}

const QUESTIONS = {
  url: { option: '--url', text: 'URL that takes the deliveries', usual: '' },
  scope: { option: '--scope', text: 'scope of the rules it gets', usual: 'Hospital' },
  fields: {
    option: '--field',
    text: 'fields to send, as source=target, separated by commas',
    usual: 'ruleId=ruleId,version=version,title=title,effectiveDate=start',
  },
  auth: { option: '--auth', text: 'how we log in: bearer, header:NAME, body:FIELD or none', usual: 'bearer' },
} as const satisfies Record<keyof Answers, Question>;

/** Stands for what is not answered yet while another answer is judged. */
const PLAIN: Answers = { url: 'https://partner.example/', scope: '', fields: QUESTIONS.fields.usual, auth: 'none' };

/** @returns what is wrong with a connector of these answers @throws EssError ESS_USAGE for an answer of which none can be made */
export type Judge = (answers: Answers) => readonly string[];

/** A scope, and the usual fields, are those of rules: of another topic only its owner knows what is in it. */
function questionsFor(topic: string): Partial<Record<keyof Answers, Question>> {
  if (topic === RULES_TOPIC) return QUESTIONS;
  const { scope: _, ...others } = QUESTIONS;
  return { ...others, fields: { ...QUESTIONS.fields, usual: '' } };
}

/**
 * What the options leave open is asked for on a terminal; in a script it is wrong usage.
 * @returns undefined when whoever was asked has left
 */
export async function answersTo(options: NewOptions, judge: Judge): Promise<Answers | undefined> {
  const given: Partial<Answers> = {
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    ...(options.field === undefined ? {} : { fields: options.field.join(',') }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
  };
  const questions = questionsFor(options.topic);
  const open = (Object.keys(questions) as Array<keyof Answers>).filter((name) => given[name] === undefined);
  if (open.length === 0) return { scope: '', ...given } as Answers;
  if (process.stdin.isTTY && process.stderr.isTTY) {
    using asking = new Questions();
    return await askEach(given, questions, (question) => asking.ask(question), judge);
  }
  const missing = open.filter((name) => !questions[name]?.usual).map((name) => QUESTIONS[name].option);
  if (missing.length > 0) throw new EssError('ESS_USAGE', `nobody is here to be asked: give ${missing.join(' and ')}`);
  for (const name of open) given[name] = questions[name]?.usual ?? '';
  return { scope: '', ...given } as Answers;
}

/** @param given is filled @param ask as `Questions.ask` */
export async function askEach(
  given: Partial<Answers>,
  questions: Partial<Record<keyof Answers, Question>>,
  ask: (question: string) => Promise<string | undefined>,
  judge: Judge,
): Promise<Answers | undefined> {
  for (const [key, { text, usual }] of Object.entries(questions)) {
    const name = key as keyof Answers;
    const before = wrongWith(judge, { ...PLAIN, ...given });
    while (given[name] === undefined) {
      const said = await ask(`${text}${usual === '' ? '' : ` [${usual}]`}: `);
      if (said === undefined) return undefined;
      const answer = said || usual;
      if (answer === '') continue;
      // What is wrong with another answer is not asked here.
      const wrong = wrongWith(judge, { ...PLAIN, ...given, [name]: answer }).filter((one) => !before.includes(one));
      for (const one of wrong) tell(`  ${one}`);
      if (wrong.length === 0) given[name] = answer;
    }
  }
  return { scope: '', ...given } as Answers;
}

function wrongWith(judge: Judge, answers: Answers): readonly string[] {
  try {
    return judge(answers);
  } catch (error) {
    if (!(error instanceof EssError)) throw error;
    return [error.message];
  }
}
