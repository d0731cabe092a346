// Passkeys (WebAuthn, level 3). Without this script, and in browsers that know none, the pages work by password.
const kinds = {
  'passkey-sign-in': {
    options: '/oauth/passkeys/sign-in',
    ask: (publicKey) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }),
  },
  'passkey-add': {
    options: '/oauth/passkeys/new',
    ask: (publicKey) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) }),
  },
};

for (const [id, { options, ask }] of Object.entries(kinds)) {
  const form = document.getElementById(id);
  if (!form || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  form.hidden = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const status = form.querySelector('[role=status]');
    status.textContent = 'Waiting for your passkey …';
    try {
      const answer = await fetch(options, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ csrf: form.elements.csrf.value }),
      });
      if (!answer.ok) throw new Error('refused');
      form.elements.credential.value = JSON.stringify((await ask(await answer.json())).toJSON());
      form.submit();
    } catch {
      status.textContent = 'That did not work. Try again, or use your password.';
    }
  });
}
