// The way of a batch from its fetch to `take`: Kafka and the assignment note what they are asked.
import { batchOf, FakeMember, feedOf, opened, settled } from '@ess/test/fakes/kafka/fake-member.ts';
import { describe, expect, test } from '@jest/globals';

describe('an assignment opens', () => {
  test('from what Kafka has: claimed first, resumed last', async () => {
    const member = new FakeMember();
    const { feed, opened } = feedOf(member, [0, 2]);
    feed.open(false);
    await opened;
    expect(member.noted()).toEqual(['claim 0,2', 'start', 'assigned 0@5,2@5', 'resume 0,2']);
    expect([feed.highWatermark(2), feed.isPaused(0)]).toEqual([100, false]);
  });

  test('again without a join: kafkajs is told where to go on', async () => {
    const member = new FakeMember();
    const { feed, opened } = feedOf(member);
    feed.open(true);
    await opened;
    expect(member.noted()).toEqual(['claim 0', 'start', 'assigned 0@5', 'seek 0@5', 'resume 0']);
  });

  test('behind what retention took: the range is told once, and the partition goes on at the log start', async () => {
    const member = new FakeMember();
    member.start = 9;
    const { feed, opened } = feedOf(member);
    feed.open(false);
    await opened;
    expect(member.noted()).toEqual(['claim 0', 'start', 'assigned 0@5', 'lost 0: 5 to 9', 'seek 0@9', 'resume 0']);
    await feed.fetched(batchOf(9, [9]));
    expect(member.noted()).toEqual(['take 0: 9 to 10']);
  });

  test('with what it paused when it was assigned still paused', async () => {
    const member = new FakeMember();
    const { feed, opened } = feedOf(member, [0, 1]);
    member.meanwhile = (question) => void (question === 'assigned' && feed.pause([1]));
    feed.open(false);
    await opened;
    expect(member.noted().slice(-2)).toEqual(['pause 1', 'resume 0']);
  });

  test('once Kafka answers: until then it is claimed and asked again, and a batch waits', async () => {
    const member = new FakeMember();
    const { feed, opened, errors } = feedOf(member);
    let asked = 0;
    member.meanwhile = (question) => {
      if (question === 'start' && ++asked === 1) throw new Error('half away');
    };
    feed.open(false);
    const fetched = feed.fetched(batchOf(5, [5]));
    await opened;
    await fetched;
    expect(member.noted()).toEqual([
      ...['claim 0', 'start', 'claim 0', 'start'],
      ...['assigned 0@5', 'resume 0', 'take 0: 5 to 6'],
    ]);
    expect(errors).toEqual(['consumer.waits: Error: half away']);
  });
});

describe('a batch', () => {
  test('from where it is expected is taken, holes and all; what lies before its place is left out', async () => {
    const { feed, member } = await opened();
    await feed.fetched(batchOf(5, [3, 4, 5, 7], 8));
    await feed.fetched(batchOf(9, [9]));
    expect(member.noted()).toEqual(['take 0: 5,7 to 9', 'take 0: 9 to 10']);
    expect(feed.highWatermark(0)).toBe(50);
  });

  test.each([2, 20])('from %i, where an old seek led, is not taken: its partition is sought again', async (from) => {
    const { feed, member } = await opened();
    member.start = 5; // nothing is lost
    await feed.fetched(batchOf(from, [from]));
    await feed.fetched(batchOf(5, [5]));
    expect(member.noted()).toEqual(['bounds', 'seek 0@5', 'take 0: 5 to 6']);
  });

  test('that ends before its place moves nothing back', async () => {
    const { feed, member } = await opened();
    await feed.fetched(batchOf(5, [3]));
    await feed.fetched(batchOf(5, [5]));
    expect(member.noted()).toEqual(['take 0:  to 4', 'take 0: 5 to 6']);
  });

  test('from a log start that has moved on is taken, and what lies between is told as lost, once', async () => {
    const { feed, member } = await opened();
    member.start = 8;
    await feed.fetched(batchOf(8, [8, 9]));
    await feed.fetched(batchOf(10, [10]));
    expect(member.noted()).toEqual(['bounds', 'lost 0: 5 to 8', 'take 0: 8,9 to 10', 'take 0: 10 to 11']);
  });

  test('from elsewhere, while the log start has moved on: that is told, and sought', async () => {
    const { feed, member } = await opened();
    member.start = 8;
    await feed.fetched(batchOf(30, [30]));
    await feed.fetched(batchOf(8, [8]));
    expect(member.noted()).toEqual(['bounds', 'lost 0: 5 to 8', 'seek 0@8', 'take 0: 8 to 9']);
  });

  test.each([
    { answer: 'all' as const, calls: [], goesOn: 8 },
    { answer: 'none' as const, calls: ['seek 0@5'], goesOn: 5 },
    { answer: { upTo: 7 }, calls: ['seek 0@7'], goesOn: 7 },
    { answer: { upTo: 8 }, calls: [], goesOn: 8 },
  ])('that is answered $answer goes on at $goesOn', async ({ answer, calls, goesOn }) => {
    const { feed, member } = await opened();
    member.answers.push(answer);
    await feed.fetched(batchOf(5, [5, 6, 7]));
    expect(member.noted()).toEqual(['take 0: 5,6,7 to 8', ...calls]);
    await feed.fetched(batchOf(goesOn, [goesOn]));
    expect(member.noted()).toEqual([`take 0: ${goesOn} to ${goesOn + 1}`]);
  });

  test('of transaction markers moves the position, unless it is refused or lies elsewhere', async () => {
    const { feed, member } = await opened();
    await feed.fetched(batchOf(5, [], 6));
    await feed.fetched(batchOf(5, [], 6));
    expect(member.noted()).toEqual(['take 0:  to 7', 'bounds', 'seek 0@7']);
    member.answers.push('none');
    await feed.fetched(batchOf(7, [], 8));
    await feed.fetched(batchOf(7, [7]));
    expect(member.noted()).toEqual(['take 0:  to 9', 'seek 0@7', 'take 0: 7 to 8']);
  });
});

describe('what is left of a batch when its partition was paused', () => {
  /** Paused at 6, in the middle of [5, 8). */
  async function pausedInside() {
    const fed = await opened();
    fed.member.answers.push({ upTo: 6 });
    fed.member.meanwhile = (question) => void (question === 'take' && fed.feed.pause([0]));
    await fed.feed.fetched(batchOf(5, [5, 6, 7]));
    fed.member.meanwhile = () => {};
    expect(fed.member.noted()).toEqual(['take 0: 5,6,7 to 8', 'pause 0']);
    expect(fed.feed.isPaused(0)).toBe(true);
    return fed;
  }

  test('is offered after resume, once, and only then is the partition fetched again', async () => {
    const { feed, member } = await pausedInside();
    feed.resume([0]);
    feed.resume([0]);
    expect(member.calls).toEqual([]); // not within the call of resume
    await settled();
    expect(member.noted()).toEqual(['take 0: 6,7 to 8', 'resume 0']);
    await feed.fetched(batchOf(8, [8]));
    expect(member.noted()).toEqual(['take 0: 8 to 9']);
  });

  test('is not overtaken by a batch that was fetched before the pause', async () => {
    const { feed, member } = await pausedInside();
    await feed.fetched(batchOf(8, [8]));
    expect(member.noted()).toEqual(['seek 0@8']);
  });

  test('is kept again when the partition is paused again', async () => {
    const { feed, member } = await pausedInside();
    member.answers.push({ upTo: 7 });
    member.meanwhile = () => feed.pause([0]);
    feed.resume([0]);
    await settled();
    member.meanwhile = () => {};
    expect(member.noted()).toEqual(['take 0: 6,7 to 8', 'pause 0']);
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['take 0: 7 to 8', 'resume 0']);
  });

  test('is fetched again when it is refused', async () => {
    const { feed, member } = await pausedInside();
    member.answers.push('none');
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['take 0: 6,7 to 8', 'seek 0@6', 'resume 0']);
  });

  test('is fetched again when it is refused, also where no record is left', async () => {
    const { feed, member } = await opened();
    member.answers.push({ upTo: 6 }, 'none');
    feed.pause([0]);
    await feed.fetched(batchOf(5, [], 8));
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['pause 0', 'take 0:  to 9', 'take 0:  to 9', 'seek 0@6', 'resume 0']);
  });

  test('is thrown away at a seek, also while it is paused', async () => {
    const { feed, member } = await pausedInside();
    await feed.seek(0, 20);
    expect(member.noted()).toEqual(['seek 0@20']);
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['resume 0']);
    await feed.fetched(batchOf(20, [20]));
    expect(member.noted()).toEqual(['take 0: 20 to 21']);
  });

  test('is thrown away at a seek while it is being taken, and the partition is fetched from there', async () => {
    const { feed, member } = await pausedInside();
    member.meanwhile = () => feed.seek(0, 20);
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['take 0: 6,7 to 8', 'resume 0', 'seek 0@20']);
  });

  test('is thrown away at the end of the assignment', async () => {
    const { feed, member } = await pausedInside();
    await feed.end();
    feed.resume([0]);
    await settled();
    expect(member.noted()).toEqual(['revoke', 'resume 0']);
  });
});

describe('a position that the log does not have', () => {
  test('because retention has passed it: told as lost, and on from the start', async () => {
    const { feed, member, left } = await opened();
    member.start = 8;
    feed.outOfRange(0);
    feed.outOfRange(0);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect([member.noted(), left]).toEqual([['pause 0', 'bounds', 'lost 0: 5 to 8', 'seek 0@8'], []]);
  });

  test('because it lies beyond the end: the log is another one, and nothing is sought in it', async () => {
    const { feed, member, left } = await opened();
    member.end = 4;
    feed.outOfRange(0);
    await settled();
    expect([member.noted(), left]).toEqual([['pause 0', 'bounds'], ['left']]);
  });

  test('that has another id by now: the positions are left; the same id, or none before, changes nothing', async () => {
    const { feed, left } = await opened();
    feed.topicIs('a');
    expect(left).toEqual([]);
    feed.topicIs('b');
    expect(left).toEqual(['left']);
    const unknown = new FakeMember();
    unknown.topicId = undefined;
    const other = await opened(unknown);
    other.feed.topicIs('b');
    expect(other.left).toEqual([]);
  });
});
