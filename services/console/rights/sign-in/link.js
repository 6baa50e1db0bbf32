// Brings what stands behind the # to the console; from there on it is in no address, and the way back does not lead here.
const text = location.hash.slice(1);
history.replaceState(null, '', '/link');
const button = document.getElementById('open');
if (button) await new Promise((clicked) => button.addEventListener('click', clicked, { once: true }));
const answer = await fetch('/sign-in/link', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ link: text }),
}).catch(() => undefined);
const said = (await answer?.json().catch(() => undefined)) ?? {};
if (answer?.ok) location.replace(said.at);
else document.getElementById('said').textContent = said.error ?? 'The console does not answer.';
