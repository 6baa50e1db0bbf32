// What comes of each step of a feed when its assignment ends meanwhile.
import { batchOf, FakeMember, feedOf, opened, settled } from '@ess/test/fakes/kafka/fake-member.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { describe, expect, test } from '@jest/globals';

describe('an assignment that ends', () => {
  test.each([
    { step: 'claim', calls: ['claim 0', 'revoke', 'start'] },
    { step: 'start', calls: ['claim 0', 'start', 'revoke'] },
    { step: 'assigned', calls: ['claim 0', 'start', 'assigned 0@5', 'revoke'] },
  ])('at $step of its opening is told nothing more, and nothing is resumed', async ({ step, calls }) => {
    const member = new FakeMember();
    member.start = 9;
    const { feed } = feedOf(member);
    member.meanwhile = (question) => (question === step ? feed.end() : undefined);
    feed.open(true);
    await settled();
    await feed.fetched(batchOf(9, [9]));
    expect(member.noted()).toEqual([...calls, 'seek 0@9']); // where the batch was, for whoever comes next
  });

  test('while Kafka is away is not asked for again', async () => {
    const member = new FakeMember();
    const { feed, errors } = feedOf(member);
    member.meanwhile = (question) => {
      if (question === 'start') throw new Error('away');
    };
    feed.open(false);
    await eventually('it was asked', async () => errors.length > 0 || undefined);
    await feed.end();
    await feed.fetched(batchOf(5, []));
    expect(member.noted()).toEqual(['claim 0', 'start', 'revoke', 'seek 0@5']);
  });

  test('takes no batch', async () => {
    const { feed, member } = await opened();
    await feed.end();
    await feed.fetched(batchOf(5, [5]));
    await feed.seek(0, 20);
    expect(member.noted()).toEqual(['revoke', 'seek 0@5']);
    expect(feed.isOver).toBe(true);
  });

  test('while the log start is asked for is told of no loss: the next one is', async () => {
    const { feed, member } = await opened();
    member.start = 8;
    member.meanwhile = (question) => (question === 'bounds' ? feed.end() : undefined);
    await feed.fetched(batchOf(8, [8]));
    expect(member.noted()).toEqual(['bounds', 'revoke', 'seek 0@5']);
  });

  test('while it takes a batch keeps nothing of it', async () => {
    const { feed, member } = await opened();
    member.answers.push({ upTo: 6 });
    member.meanwhile = (question) => {
      if (question !== 'take') return;
      feed.pause([0]);
      return feed.end();
    };
    await feed.fetched(batchOf(5, [5, 6, 7]));
    expect(member.noted()).toEqual(['take 0: 5,6,7 to 8', 'pause 0', 'revoke', 'seek 0@6']);
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['resume 0']);
  });

  test('while it takes what was left of a batch moves nothing', async () => {
    const { feed, member } = await opened();
    member.answers.push({ upTo: 6 }, 'none');
    member.meanwhile = () => feed.pause([0]);
    await feed.fetched(batchOf(5, [5, 6, 7]));
    member.noted();
    member.meanwhile = (question) => (question === 'take' ? feed.end() : undefined);
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['take 0: 6,7 to 8', 'revoke']);
  });
});

test('a rest at the end of the partition does not outlast the assignment', async () => {
  const member = new FakeMember();
  member.meanwhile = (question) => (question === 'take' ? feed.end() : undefined);
  const { feed, opened } = feedOf(member, [0], 1_000_000_000);
  feed.open(false);
  await opened;
  await feed.fetched(batchOf(5, [49]));
  expect(member.noted().at(-1)).toBe('revoke');
});
