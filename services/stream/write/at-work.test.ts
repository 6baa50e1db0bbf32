import { expect, test } from '@jest/globals';
import { AtWork, AtWorkView } from './at-work.ts';

test('another thread sees the record that code runs for, and nothing else', () => {
  const atWork = new AtWork();
  const view = new AtWorkView(atWork.memory);
  const partnerTopic = atWork.numberOf({ partner: 'hospital', topic: 'rules' });
  expect(view.marks).toEqual([]);
  atWork.fly(partnerTopic, 1, 10, 1);
  atWork.begin(partnerTopic, 2, 2 ** 40, 0);
  expect(view.marks).toEqual([{ partnerTopic, partition: 2, offset: 2 ** 40, attempt: 0 }]);
});

test('when code runs for none, it sees all whose requests are on their way', () => {
  const atWork = new AtWork();
  const view = new AtWorkView(atWork.memory);
  const partnerTopic = atWork.numberOf({ partner: 'hospital', topic: 'rules' });
  const slots = [10, 11, 12].map((offset) => atWork.fly(partnerTopic, 1, offset, 1));
  atWork.begin(partnerTopic, 1, 13, 1);
  atWork.end();
  atWork.land(slots[1] as number);
  expect(view.marks.map(({ offset }) => offset)).toEqual([10, 12]);
  atWork.fly(partnerTopic, 1, 14, 1);
  expect(view.marks.map(({ offset }) => offset)).toEqual([10, 14, 12]); // the slot is used again
  expect(atWork.flights).toBe(3);
});

test('more requests than there is room for are counted, and forgotten', () => {
  const atWork = new AtWork();
  const view = new AtWorkView(atWork.memory);
  const slots = Array.from({ length: 5_000 }, (_, offset) => atWork.fly(0, 0, offset, 1));
  expect(atWork.flights).toBe(5_000);
  expect(view.marks).toHaveLength(4_096);
  for (const slot of slots) atWork.land(slot);
  expect(atWork.flights).toBe(0);
  expect(view.marks).toEqual([]);
  expect(atWork.fly(0, 0, 1, 1)).toBeGreaterThan(0);
});

test('a partnerTopic has one number, and each new one is told', () => {
  const atWork = new AtWork();
  const told: object[] = [];
  atWork.onPartnerTopic = (partnerTopic) => told.push(partnerTopic);
  const hospital = atWork.numberOf({ partner: 'hospital', topic: 'rules' });
  expect(atWork.numberOf({ partner: 'ems', topic: 'rules' })).toBe(hospital + 1);
  expect(atWork.numberOf({ partner: 'hospital', topic: 'rules' })).toBe(hospital);
  expect(told).toEqual([
    { partner: 'hospital', topic: 'rules' },
    { partner: 'ems', topic: 'rules' },
  ]);
  expect(atWork.partnerTopics).toEqual(told);
});

test('beats go up', () => {
  const atWork = new AtWork();
  const view = new AtWorkView(atWork.memory);
  const before = view.beat;
  atWork.beat();
  expect(view.beat).toBe(before + 1);
  // Timers may not fire for long while one record comes after the other.
  atWork.begin(0, 0, 0, 1);
  expect(view.beat).toBe(before + 2);
});

test('requests that left between two questions count, also when each has been answered', () => {
  const atWork = new AtWork();
  const isSending = atWork.sending();
  expect(isSending()).toBe(false);
  const flight = atWork.fly(atWork.numberOf({ partner: 'hospital', topic: 'rules' }), 0, 1, 1);
  expect(isSending()).toBe(true);
  expect(isSending()).toBe(true); // on its way
  atWork.land(flight);
  expect(isSending()).toBe(false);
  atWork.land(atWork.fly(0, 0, 2, 1));
  expect(isSending()).toBe(true);
  expect(isSending()).toBe(false);
});
