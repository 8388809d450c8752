// Buttons that ask this device for a passkey, with options from the page or from the form's address.

const { webauthnJSON } = globalThis;
const asked = () => JSON.parse(document.getElementById("js_data").textContent);

const actions = {
  add(form) {
    const options = asked().creation_options;
    const alone = form.elements.passwordless.checked; // opens the account without a password
    Object.assign(options.publicKey.authenticatorSelection, {
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone && { userVerification: "required" }),
    });
    return webauthnJSON.create(options);
  },
  confirm: () => webauthnJSON.get(asked().request_options),
  async enter(form) {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    return webauthnJSON.get((await answer.json()).request_options);
  },
};

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const { form } = button;
    try {
      const credential = await actions[button.dataset.passkey](form);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      // The person said no, the device has none, or there is no connection.
      document.querySelector("[data-passkey-failed]").hidden = false;
    }
  });
}
