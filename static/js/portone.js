// Opens PortOne's window for the card and posts the billing key that it gives. The server asks PortOne whether it is true.

const client = JSON.parse(document.getElementById("portone").textContent);
const form = document.getElementById("portone-form");
const button = form.querySelector("button");
const said = document.getElementById("portone-said");

button.disabled = false;
button.addEventListener("click", async () => {
  button.disabled = true;
  const answer = await globalThis.PortOne.requestIssueBillingKey({
    storeId: client.storeId,
    channelKey: client.channelKey,
    billingKeyMethod: client.billingKeyMethod,
    issueId: client.issueId,
    redirectUrl: client.redirectUrl,
    customer: { customerId: client.customerId },
  });
  if (answer?.billingKey) {
    form.elements.billingKey.value = answer.billingKey;
    form.submit();
  } else {
    said.textContent = answer?.message ?? "";
    button.disabled = false;
  }
});
