<?php

require __DIR__ . '/vendor/autoload.php';

use StandardWebhooks\Exception\WebhookVerificationException;
use StandardWebhooks\Webhook;

// The event, or null if Caty didn't send it within the last five minutes.
function read_event(string $body, string $secret): ?array
{
    $headers = [
        'webhook-id' => $_SERVER['HTTP_WEBHOOK_ID'] ?? '',
        'webhook-timestamp' => $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '',
        'webhook-signature' => $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '',
    ];
    try {
        return (new Webhook($secret))->verify($body, $headers);
    } catch (WebhookVerificationException $error) {
        return null;
    }
}
